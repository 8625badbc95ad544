/**
 * What an expression may cost. Expressions come from users and their data from events, so every one of these is
 * checked: none may stop the process, however it is written.
 */
export const limits = {
  /** UTF-8 bytes of the text of one expression. */
  textBytes: 8 * 1024,
  /** Brackets, calls and prefix operators inside one another. */
  nesting: 100,
  /** Levels of the syntax tree. Counts `a + b + c …` and `a.b.c …` too, which nest without brackets. */
  treeDepth: 500,
  /** Elements of an array that an expression makes. */
  elements: 100_000,
  /** Bytes (as JSON) of a text that an expression makes, and of all that the templates of one document render. */
  valueBytes: 1024 * 1024,
  /** Containers inside one another in a value that is compared, rendered or printed. */
  valueDepth: 500,
  /** Steps of one evaluation, or of one rendering of a document. */
  steps: 1_000_000,
  /** Templates in one document. */
  templates: 10_000,
  /** UTF-8 bytes of one regular expression. */
  patternBytes: 1024,
} as const
