const times = (count: number, part: (i: number) => string) => Array.from({ length: count }, (_, i) => part(i)).join(' ');
const nested = (count: number, open: string, inside: string, close = '}') => `${open.repeat(count)}${inside}${close.repeat(count)}`;
const inMessages = (selection: string) => `{ room(id: "1") { messages { nodes { ${selection} } } } }`;
const chain = (length: number, type: string, part: (next: string) => string, last: string) =>
  `${times(length, (i) => `fragment F${i} on ${type} { ${part(`...F${i + 1}`)} }`)} fragment F${length} on ${type} { ${last} }`;

const tripled = (levels: number): string => (levels === 0 ? 'id' : `replyTo { ${tripled(levels - 1)} } `.repeat(3));

/** Documents that cost a server much more than who sends them: by name, each with what its refusal says. */
export const NASTY_DOCUMENTS: [name: string, document: string, refusal: RegExp][] = [
  ['10,000 aliases', `{ ${times(10_000, (i) => `a${i}:me`)} }`, /tokens/],
  ['as many aliases as there are tokens for', `{ ${times(600, (i) => `a${i}: __typename`)} }`, /aliases/],
  ['1,000 levels', inMessages(nested(1_000, 'replyTo{', 'id')), /tokens/],
  ['as many levels as there are tokens for', inMessages(nested(600, 'replyTo{', 'id')), /nested too deeply/],
  [
    'levels made of fragments',
    `${inMessages('...F0')} ${chain(20, 'Message', (next) => `replyTo { ${next} }`, 'id')}`,
    /nested too deeply/,
  ],
  ['a fragment in itself', `${inMessages('...F0')} fragment F0 on Message { replyTo { ...F0 } }`, /nested too deeply/],
  ['a fragment in itself that nobody uses', '{ me { id } } fragment F on Message { replyTo { ...F } }', /nested too deeply/],
  [
    'fragments that double at each level, under other names',
    `${inMessages('...F0')} ${chain(60, 'Message', (next) => `x: replyTo { ${next} } y: replyTo { ${next} }`, 'id')}`,
    /aliases/,
  ],
  [
    'fragments that double at each level, under one name',
    `${inMessages('...F0')} ${chain(60, 'Message', (next) => `replyTo { ${next} } replyTo { ${next} }`, 'id')}`,
    /nested too deeply/,
  ],
  [
    'fragments that multiply different fields',
    `{ room(id: "1") { a: messages { ...F0 } b: messages { ...F0 } c: messages { ...F0 } } } ` +
      `fragment F0 on MessageConnection { a: nodes { ...F1 } b: nodes { ...F1 } c: nodes { ...F1 } edges { node { ...F1 } } } ` +
      `fragment F1 on Message { a: sender { ...F2 } b: sender { ...F2 } c: replyTo { ...F3 } d: replyTo { ...F3 } } ` +
      `fragment F2 on User { id displayName role email isActive lastSeenAt externalId } ` +
      `fragment F3 on Message { a: sender { ...F2 } b: sender { ...F2 } e: replyTo { ...F4 } f: replyTo { ...F4 } } ` +
      `fragment F4 on Message { a: sender { ...F2 } b: sender { ...F2 } g: replyTo { sender { ...F2 } } h: replyTo { sender { ...F2 } } }`,
    /may give/,
  ],
  [
    'fragments that repeat what they spread, far more than the answer shows',
    `${inMessages('replyTo { ...F0 }')} ${chain(5, 'Message', (next) => `sender { id } ${`replyTo { id ${next} } `.repeat(5)}`, 'id')} ${times(60, (i) => `fragment G${i} on Message { ...F0 }`)}`,
    /selects too much|never used/,
  ],
  ['150 fragments', `{ ...F0 } ${chain(150, 'Query', (next) => `me { id } ${next}`, 'me { id }')}`, /fragments/],
  ['one field 1,900 times', `{ ${'me '.repeat(1_900)} }`, /repeats a field too often/],
  ['one object 400 times', `{ ${'me { id } '.repeat(400)} }`, /repeats a field too often/],
  ['fields that triple at each level', inMessages(tripled(5)), /repeats a field too often/],
  ['lists in lists', '{ rooms(first: 100) { nodes { messages(last: 100) { nodes { id sequence content sender { id } } } } } }', /may give/],
  [
    'lists in lists, by variables',
    'query ($n: Int) { rooms(first: $n) { nodes { messages(last: $n) { nodes { id sequence content sender { id } } } } } }',
    /may give/,
  ],
  ['lists by aliases', `{ ${times(50, (i) => `r${i}: rooms(first: 100) { nodes { id title participants { userId } } }`)} }`, /may give/],
  ['a directive 900 times', `{ me ${'@a '.repeat(900)} { id } }`, /directives/],
  ['an argument that is a list in a list in a list…', `{ roomWith(userIds: ${nested(950, '[', '', ']')}) { id } }`, /./],
  ['an argument of 50,000 items', `{ roomWith(userIds: [${'1 '.repeat(50_000)}]) { id } }`, /tokens/],
  ['1,900 unknown fields', `{ ${times(1_900, (i) => `roo${i}`)} }`, /Cannot query field/],
  ['the schema of the schema of the schema…', `{ __schema { types { ${nested(6, 'fields { type {', 'name', '} }')} } } }`, /./],
];
