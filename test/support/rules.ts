/** What may happen, told apart from a machine: from, event, who, and where it leads (nothing where it stays). Several names have blanks between. */
export type Rule = readonly [from: string, event: string, who: string, to?: string];

export interface Cell {
  status: string;
  event: string;
  actor: string;
}

export const has = (names: string, name: string): boolean => names.split(' ').includes(name);

/** A webhook of the host is the host. */
const nameOf = (actor: string) => (actor === 'WEBHOOK' ? 'SERVICE' : actor);
const ofActor = (rules: readonly Rule[], actor: string) => rules.filter(([, , who]) => has(who, nameOf(actor)));

/** The answer to a step: OK, or the code of its refusal. The right comes before the state. */
export const answerOf =
  (rules: readonly Rule[]) =>
  ({ status, event, actor }: Cell): string => {
    const own = ofActor(rules, actor).filter(([, name]) => name === event);
    if (own.length === 0) return 'FORBIDDEN';
    return own.some(([from]) => has(from, status)) ? 'OK' : 'ILLEGAL_TRANSITION';
  };

/** What somebody may do now, and where each would lead. */
export function offeredTo(rules: readonly Rule[], status: string, actor: string): { event: string; to: string[] }[] {
  const own = ofActor(rules, actor).filter(([from]) => has(from, status));
  return own.map(([, event, , to]) => ({ event, to: to?.split(' ') ?? [status] }));
}
