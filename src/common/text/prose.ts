/** Of each class of inputs, what people write in it for people to read. */
const PROSE = new Map<object, string[]>();

/** A text that people write to each other, beside messages: what must not stand there is taken out of it, see `changeProse`. */
export const Prose = (): PropertyDecorator => (target, property) => {
  PROSE.set(target, [...(PROSE.get(target) ?? []), String(property)]);
};

/** Changes every such text in an input, wherever in it. The JSON that some hold is for programs, and stays. */
export function changeProse(input: unknown, change: (text: string) => string): void {
  if (Array.isArray(input)) for (const one of input) changeProse(one, change);
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return;
  const fields = input as Record<string, unknown>;
  let isOurs = false;
  for (let kind: unknown = Object.getPrototypeOf(input); kind !== null && kind !== Object.prototype; kind = Object.getPrototypeOf(kind)) {
    isOurs = true;
    for (const name of PROSE.get(kind as object) ?? []) if (typeof fields[name] === 'string') fields[name] = change(fields[name]);
  }
  if (isOurs) for (const field of Object.values(fields)) changeProse(field, change);
}
