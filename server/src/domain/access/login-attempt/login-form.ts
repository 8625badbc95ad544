/** What string preparation maps to nothing, and what no reader sees: soft hyphens, joiners, marks of direction. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Cn}\p{Co}\p{Cs}]/gu
/** Directories that ignore case mostly ignore accents too; a base letter alone is found. */
const MARKS = /\p{M}/gu
const BLANKS = /[\s\p{Z}]/gu

/**
 * The one form of a login that attempts are counted under. A directory finds an entry by more spellings than one (RFC
 * 4518: characters that count for nothing, compatibility forms, case, blanks); whoever could tell two of them apart here
 * would try a password more for each. So it folds at least what any matching rule folds: two logins that are counted
 * as one delay each other, two spellings that are counted apart would have no limit.
 */
export function loginForm(login: string): string {
  return untilStable(login, (text) =>
    text
      .normalize('NFKD')
      .toUpperCase() // of ß, of a final sigma, of an iota below: before marks go, as some become letters
      .toLowerCase()
      .normalize('NFKD')
      .replaceAll(INVISIBLE, '')
      .replaceAll(MARKS, '')
      .replaceAll(BLANKS, ''),
  )
}

/** Folding one thing may bring out another: a form is one when folding it again changes nothing. */
function untilStable(text: string, fold: (text: string) => string): string {
  const folded = fold(text)
  return folded === text ? text : untilStable(folded, fold)
}
