import { isTerminal, type Machine, statesOf, type Step, targetsOf } from './machine.js';
import type { Subject } from './subject.js';

type AnyMachine = Machine<Subject, string>;

/** A Mermaid state diagram. @see https://mermaid.js.org/syntax/stateDiagram.html */
function diagramOf(machine: AnyMachine): string {
  const timed = new Set(machine.deadlines?.map(({ event }) => event));
  const arrows = machine.steps.flatMap((step) => {
    const sources = step.from.length > 0 ? step.from : ['[*]'];
    return sources.flatMap((from) => {
      const targets = targetsOf(step).length > 0 ? targetsOf(step) : [from];
      return targets.map((to) => `  ${from} --> ${to}: ${step.event}${timed.has(step.event) ? ' ⏱' : ''}`);
    });
  });
  const ends = statesOf(machine)
    .filter((state) => isTerminal(machine, state))
    .map((state) => `  ${state} --> [*]`);
  return ['```mermaid', 'stateDiagram-v2', ...new Set([...arrows, ...ends]), '```'].join('\n');
}

function rowOf(step: Step<Subject, string>): string {
  const from = step.from.length > 0 ? step.from.join(', ') : '–';
  const to = targetsOf(step).length > 0 ? targetsOf(step).join(' or ') : 'stays';
  const conditions = [
    ...(step.guard ? [step.guard.says] : []),
    ...(step.needs ? [step.needs] : []),
    ...(step.needsReason ? ['with a reason'] : []),
  ];
  const effects = (step.effects ?? []).map(({ says }) => says);
  const cells = [from, `\`${step.event}\``, to, step.by.join(', '), conditions.join('; '), effects.join('; ')];
  return `| ${cells.join(' | ')} |`;
}

/** A machine as people read it: its diagram, its table, what happens by itself. */
export function describeMachine(machine: AnyMachine): string {
  const head = ['| from | event | to | who | if | then |', '| --- | --- | --- | --- | --- | --- |'];
  const deadlines = (machine.deadlines ?? []).map(
    (rule) => `- In ${rule.in.join(', ')}: \`${rule.event}\` happens by itself: ${rule.says}.`,
  );
  const parts = [`## ${machine.name}`, diagramOf(machine), [...head, ...machine.steps.map(rowOf)].join('\n')];
  return [...parts, ...(deadlines.length > 0 ? [deadlines.join('\n')] : [])].join('\n\n');
}
