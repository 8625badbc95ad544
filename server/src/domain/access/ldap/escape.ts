/** Text as a value inside of a filter (RFC 4515): nothing in it is syntax. */
export function filterValue(text: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL is syntax there
  return text.replaceAll(/[\\*()\u0000]/g, hexOf)
}

/** Text as a value inside of a distinguished name (RFC 4514): nothing in it is syntax. */
export function nameValue(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are never meant
  return text.replaceAll(/[\\,+"<>;=#\u0000-\u001f\u007f]|^ | $/g, hexOf)
}

function hexOf(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** A template with the login in the place of `{login}`. */
export function filled(template: string, value: string): string {
  return template.split('{login}').join(value)
}
