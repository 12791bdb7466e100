import { isDeepStrictEqual, styleText } from 'node:util';

interface Kept {
  looks: number;
  broken: string[];
}

/** The keys of an object have no order: what comes out of the database has another one than what was put in. */
const asJson = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** The promises of a story, each looked at as often as the story likes, and kept only if no look found it broken. */
export class Promises {
  private readonly kept = new Map<string, Kept>();

  /** @param claims what each promise says, in the order in which they are printed */
  constructor(private readonly claims: Record<string, string>) {
    for (const name of Object.keys(claims)) this.kept.set(name, { looks: 0, broken: [] });
  }

  look(name: string, what: string, isKept: boolean): void {
    const promise = this.kept.get(name);
    if (!promise) throw new Error(`nobody promised ${name}`);
    promise.looks++;
    if (!isKept) promise.broken.push(what);
  }

  /** Two values are the same when they look the same as JSON, in whatever order its keys come. */
  same(name: string, what: string, seen: unknown, expected: unknown): void {
    const [a, b] = [asJson(seen), asJson(expected)];
    const isSame = a === b || (a !== undefined && b !== undefined && isDeepStrictEqual(JSON.parse(a), JSON.parse(b)));
    this.look(name, isSame ? what : `${what}: ${a} instead of ${b}`, isSame);
  }

  /** Prints a line per promise. A promise that nobody looked at is not kept. */
  report(): boolean {
    for (const [name, { looks, broken }] of this.kept) {
      const isKept = this.isKept(name);
      const verdict = isKept ? styleText('green', 'ok    ') : styleText('red', 'FAILED');
      console.log(`${verdict}  ${name.padEnd(8)} ${this.claims[name]} (${looks} looks)`);
      for (const what of broken) console.log(`        ${what}`);
    }
    return [...this.kept.keys()].every((name) => this.isKept(name));
  }

  private isKept(name: string): boolean {
    const { looks, broken } = this.kept.get(name) ?? { looks: 0, broken: [] };
    return looks > 0 && broken.length === 0;
  }
}
