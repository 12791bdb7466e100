import { getNamedType, type GraphQLInputType, isInputObjectType } from 'graphql';
import type { Variables } from './client.js';
import type { ApiField } from './fields.js';

/** Texts that have broken something somewhere. A name, so that a failure can be read. */
const HOSTILE_STRINGS: Record<string, string> = {
  empty: '',
  'white space': ' \t\n\u00a0\u2003\u3000',
  'a NUL': 'a\0b',
  'control characters': '\u0001\u0008\u001b[31m\u007f\u0085',
  'a lone high surrogate': 'a\ud83d',
  'a lone low surrogate': '\udc00b',
  'surrogates in the wrong order': '\udc00\ud83d',
  'non-characters': '\ufffe\uffff\u{10ffff}',
  'right to left': '\u202eevil\u202c\u2066\u2069 שלום',
  zalgo: `Z${'\u0300\u0322\u0489'.repeat(20)}`,
  'a family': '👩‍👩‍👧‍👦',
  'an emoji': '👍🏽',
  'composed é': 'caf\u00e9',
  'decomposed é': 'cafe\u0301',
  'ligatures and capitals that grow': 'ﬁ ß İ ǆ',
  'a byte order mark': '\ufeffmark',
  'zero width': 'a\u200b\u200c\u200d\u2060b',
  'newlines of all kinds': 'a\nb\r\nc\rd\u2028e\u2029f\vg\fh',
  'white space around': '  \u3000 inside  stays \n',
  long: 'x'.repeat(8_000),
  'long, by one': 'x'.repeat(8_001),
  'long, of pairs': '😀'.repeat(9_000),
  SQL: `'; drop table users; --`,
  'SQL with a dollar': '$1 $$x$$ \\x27 \\ E\'\\0\' %s ? :name @p "quoted"',
  JavaScript: '${process.exit(1)} `x` {{7*7}} #{7} <%= 7 %>',
  HTML: '<script>alert(1)</script><img src=x onerror=alert(1)>&lt;&amp;&#0;',
  GraphQL: '") { id } } #, """ \\" $input',
  JSON: '{"a":[1,null]}',
  proto: '__proto__',
  constructor: 'constructor',
  toString: 'toString',
  'formats of C': '%n%s%x%d %%',
  'wildcards of SQL': '%_\\%',
  'a pattern that never ends': `${'('.repeat(40)}a+)+$ [[[ *`,
  path: '../../../../etc/passwd\\..\\..',
  number: '007',
  infinite: '1e400',
  'like nothing': 'null',
  'like an id, almost': '01900000-0000-7000-8000-00000000000g',
  'like an id, in braces': '{01900000-0000-7000-8000-000000000000}',
  'a time too far': '+275760-09-13T00:00:00.000Z',
  'a time before time': '-271821-04-20T00:00:00.000Z',
  'header injection': 'a\r\nSet-Cookie: x=1',
};

const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

const HOSTILE_OBJECTS: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(HOSTILE_STRINGS).map(([name, text]) => [name, { text, list: [text], [text]: 1 }])),
  'keys of JavaScript': JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1},"toJSON":"x","then":1}'),
  'eight levels': nested(8),
  'nine levels': nested(9),
  'a thousand levels': nested(1_000),
  numbers: { large: 9_007_199_254_740_991, tiny: 5e-324, huge: 1.7e308, part: 0.1 },
  'a list': [1],
  'no object': 'text',
};

/** A place in the arguments of a field where somebody may write something. */
export interface Place {
  field: ApiField;
  path: string[];
  name: string;
  values: [string, unknown][];
}

/** The id of a thing of ours is compared with a pattern and goes no further: a selection of what could get through. */
const FOR_IDS =
  /^(empty|a NUL|a lone high surrogate|right to left|long|SQL|GraphQL|proto|number|like an id, almost|like an id, in braces|header injection)$/;
const HOSTILE_IDS = Object.fromEntries(Object.entries(HOSTILE_STRINGS).filter(([name]) => FOR_IDS.test(name)));
/** IDs that others give, and that we keep as they are. */
const GIVEN_IDS = new Set(['clientId', 'externalId']);

/** One class checks them for all mutations that make a step (`StepInput`), so each mutation is given a part, and together they are given all. */
const OF_STEPS = new Set(['idempotencyKey', 'reason']);
const PARTS = 8;
let next = 0;
const aPartOf = (values: [string, unknown][]): [string, unknown][] => {
  const part = next++ % PARTS;
  return values.filter((_, index) => index % PARTS === part);
};

const SAFE = new Set(['Int', 'Float', 'Boolean']);

function placesIn(field: ApiField, type: GraphQLInputType, path: string[]): Place[] {
  const named = getNamedType(type);
  const isList = String(type).startsWith('[');
  const inside = isList ? [...path, '0'] : path;
  if (isInputObjectType(named)) return Object.values(named.getFields()).flatMap((one) => placesIn(field, one.type, [...inside, one.name]));
  if ('getValues' in named || SAFE.has(named.name)) return [];
  const isOurs = named.name === 'ID' && !GIVEN_IDS.has(path.at(-1) ?? '');
  const values = named.name.startsWith('JSON') ? HOSTILE_OBJECTS : isOurs ? HOSTILE_IDS : HOSTILE_STRINGS;
  const isPart = OF_STEPS.has(path.at(-1) ?? '');
  return [
    {
      field,
      path: inside,
      name: [field.name, ...path].join('.'),
      values: isPart ? aPartOf(Object.entries(values)) : Object.entries(values),
    },
  ];
}

/** Every String, ID and custom scalar that a field takes, at any depth. */
export const placesOf = (field: ApiField): Place[] => field.definition.args.flatMap((arg) => placesIn(field, arg.type, [arg.name]));

/** The variables with one value in its place. */
export function withValue(variables: Variables, [first, ...rest]: string[], value: unknown): Variables {
  if (first === undefined) return value as Variables;
  const inner = withValue((variables[first] ?? {}) as Variables, rest, value);
  return Array.isArray(variables) || first === '0' ? ([inner] as unknown as Variables) : { ...variables, [first]: inner };
}
