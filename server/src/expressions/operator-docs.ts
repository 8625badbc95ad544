type OperatorDoc = { readonly written: string; readonly says: string; readonly examples: readonly string[] }

/** What the operators do, from the loosest to the tightest. The examples are evaluated where they are shown. */
export const operatorDocs: readonly OperatorDoc[] = [
  {
    written: 'a or b',
    says: 'Whether one holds. The right side is evaluated only if the left one does not hold. Always a bool: `default()` gives a fallback.',
    examples: ["event.payload.host == 'x' or true", "'' or 'd'"],
  },
  { written: 'a and b', says: 'Whether both hold.', examples: ["event.id > 1 and 'x'"] },
  { written: 'not a', says: 'Whether it does not hold.', examples: ["not event.payload.host == 'x'"] },
  {
    written: '== !=',
    says: 'Equality of any values, deep. Values of different types are unequal; a text and a time is an error.',
    examples: ['1 == 1.0', "'1' == 1", '[1, [2]] != [1, [2]]'],
  },
  {
    written: '< <= > >=',
    says: 'Order of two numbers, texts (by code point), arrays, instants or durations.',
    examples: ['event.id >= 7', "'10' < '9'"],
  },
  {
    written: 'a in b, a not in b',
    says: 'A value in an array, a key in an object, a part in a text.',
    examples: ["event.payload.host in ['db1', 'db2']", "'env' in event.payload.labels", "'x' not in 'abc'"],
  },
  {
    written: '+ -',
    says: 'Numbers; `+` joins two texts or two arrays; instants and durations.',
    examples: ['1 + 2', "'a' + 'b'", '[1] + [2]', "duration('1h') - duration('5m')"],
  },
  {
    written: '* / %',
    says: 'Numbers; the remainder has the sign of the left side. Durations by numbers.',
    examples: ['7 / 2', '-7 % 3', "duration('1h') / 4"],
  },
  { written: '-a', says: 'The opposite number or duration.', examples: ['-event.id'] },
  { written: 'a.b a[b]', says: 'A member.', examples: ['event.payload.alerts[-1].name'] },
]
