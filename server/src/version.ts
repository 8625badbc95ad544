/** The version of the program, as the packages carry it. */
export const VERSION = '0.1.0'
