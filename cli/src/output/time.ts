/** `2031-05-06 07:08:09 UTC`, or the text as sent where it is not a time. */
export function when(time: string | null | undefined): string {
  if (time === undefined || time === null) return ''
  const instant = new Date(time)
  if (Number.isNaN(instant.getTime())) return time
  const iso = instant.toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
}
