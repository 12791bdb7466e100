import { type Machine, targetsOf } from '../../../transitions/machine/machine.js';
import type { Subject } from '../../../transitions/machine/subject.js';

type AnyMachine = Pick<Machine<Subject, string>, 'steps'>;

/** How much an object has heard of the host. */
export interface Known {
  status: string;
  /** The host's version that was merged last. */
  hostVersion: number | null;
  /** When the latest of the merged events happened. */
  mergedAt: Date | null;
}

export interface News {
  event: string;
  version: number | null;
  occurredAt: Date;
}

export type Verdict =
  /** The steps to take; the last one is the event's own. */
  | { kind: 'STEPS'; events: string[] }
  | { kind: 'STALE'; why: string }
  /** Something is missing before it. */
  | { kind: 'EARLY' }
  | { kind: 'IMPOSSIBLE' };

const byHost = ({ steps }: AnyMachine) => steps.filter(({ by }) => by.includes('SERVICE'));

/** Where the event can happen, and where it leads, by the host's hand. */
function placesOf(machine: AnyMachine, event: string): { from: Set<string>; to: Set<string> } {
  const steps = byHost(machine).filter((step) => step.event === event);
  return { from: new Set(steps.flatMap(({ from }) => from)), to: new Set(steps.flatMap(targetsOf)) };
}

/** Every state that anybody's steps lead to, this one included. */
function reachableFrom({ steps }: AnyMachine, status: string): Set<string> {
  const found = new Set([status]);
  for (const state of found) {
    for (const step of steps.filter(({ from }) => from.includes(state))) for (const target of targetsOf(step)) found.add(target);
  }
  return found;
}

const isDisjoint = (states: Set<string>, others: Set<string>) => [...states].every((state) => !others.has(state));

interface Way {
  events: string[];
  /** None of its steps needs more than its name. */
  isBare: boolean;
}

/** All ways to one of the goals that come through no state twice; two are enough to know that it is not clear. */
function waysTo(machine: AnyMachine, status: string, goals: Set<string>, canSkip: (event: string) => boolean): Way[] {
  const ways: Way[] = [];
  const walk = (state: string, seen: string[], way: Way): void => {
    if (ways.length > 1) return;
    if (goals.has(state)) {
      ways.push(way);
      return;
    }
    for (const step of byHost(machine).filter(({ from }) => from.includes(state))) {
      const targets = targetsOf(step);
      const isBare = way.isBare && targets.length === 1 && !step.needsReason && canSkip(step.event);
      const next = { events: [...way.events, step.event], isBare };
      for (const target of targets) if (!seen.includes(target)) walk(target, [...seen, target], next);
    }
  };
  walk(status, [status], { events: [], isBare: true });
  return ways;
}

/**
 * What an event of the host means to an object. Events come twice, late and in any order. With versions, only a later one counts;
 * without, only one that happened later, and of what does not fit, what lies behind is stale and what lies ahead waits. In whatever
 * order the same events come, the object ends in the same state.
 *
 * @param canSkip whether a step needs nothing but its name, so that it may be taken because a later state was told
 */
export function judgeNews(machine: AnyMachine, known: Known, news: News, canSkip: (event: string) => boolean): Verdict {
  const { status, hostVersion, mergedAt } = known;
  const { event, version, occurredAt } = news;
  if (version !== null && hostVersion !== null && version <= hostVersion) {
    return { kind: 'STALE', why: `Version ${version} is not later than ${hostVersion}` };
  }
  if (version === null && mergedAt !== null && occurredAt < mergedAt) return { kind: 'STALE', why: 'Something later was merged' };
  const { from, to } = placesOf(machine, event);
  if (from.has(status)) return { kind: 'STEPS', events: [event] };
  if (isDisjoint(from, reachableFrom(machine, status))) {
    const isBehind = [...to].some((target) => reachableFrom(machine, target).has(status));
    return version === null && isBehind ? { kind: 'STALE', why: `It is ${status} already` } : { kind: 'IMPOSSIBLE' };
  }
  const isGap = version !== null && (hostVersion === null || version > hostVersion + 1);
  const [way, another] = isGap ? waysTo(machine, status, from, canSkip) : [];
  return way?.isBare && !another ? { kind: 'STEPS', events: [...way.events, event] } : { kind: 'EARLY' };
}
