import { checkAccess } from './checks/access.js';
import { checkDurability, checkRetries, checkSequence } from './checks/log.js';
import { checkStreams, waits } from './checks/streams.js';
import { checkUnread } from './checks/unread.js';
import type { Findings } from './run.js';
import { number, type Verdict } from './checks/verdict.js';

const SHOWN_VIOLATIONS = 5;

export interface Judgement {
  verdicts: Verdict[];
  /** What else there is to say, one line each. */
  figures: [string, string][];
  /** Answers that no client should meet. */
  internalErrors: number;
}

export function judge(findings: Findings): Judgement {
  const { history, outcome, settledMs } = findings;
  const access = checkAccess(history, outcome);
  const verdicts = [
    ...checkDurability(history, outcome),
    ...checkSequence(outcome),
    ...checkRetries(history, outcome),
    ...checkStreams(history, outcome),
    ...access.verdicts,
    ...checkUnread(history, outcome),
  ];
  const settled = settledMs === null ? 'not every stream told it within 10 s' : `told by every stream after ${settledMs} ms`;
  const figures: [string, string][] = [
    ['operations', operations(findings)],
    ['faults', tally(history.faults.map(({ kind }) => kind)) || 'none'],
    [
      'streams',
      `${tally(history.streams.map(({ ending }) => ending ?? 'open'))}; ${history.streams.reduce((sum, { resyncs }) => sum + resyncs, 0)} resyncs`,
    ],
    ['from commit to socket', distribution(waits(history, outcome))],
    ['longest after a loss', `${access.slowestMs} ms until the stream ended, where no fault excused it`],
    ['the last word, without Redis', settled],
    ['INTERNAL answers', String(history.internalErrors)],
  ];
  return { verdicts, figures, internalErrors: history.internalErrors };
}

function operations({ history }: Findings): string {
  const { sends, changes, marks, reads, access } = history;
  const all = [...sends, ...changes, ...marks, ...reads, ...access];
  const refused = all.filter(({ refusal }) => refusal !== null).length;
  const unknown = all.reduce((sum, call) => sum + call.unknown, 0);
  const kinds = [`${number(sends.length)} sends`, tally(changes.map(({ kind }) => kind)), `${number(marks.length)} marks`];
  kinds.push(`${number(reads.length)} reads`, tally(access.map(({ kind }) => kind)));
  return `${number(all.length)} (${kinds.join(', ')}); ${number(refused)} refused, ${number(unknown)} attempts of unknown outcome`;
}

function tally(kinds: string[]): string {
  return [...Map.groupBy(kinds, (kind) => kind)].map(([kind, { length }]) => `${number(length)} ${kind}`).join(', ');
}

function distribution(sorted: number[]): string {
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms (${number(sorted.length)} messages heard live)`;
}

export function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @returns whether every promise was kept */
export function print({ verdicts, figures, internalErrors }: Judgement, errors: string[]): boolean {
  const rows = verdicts.map(({ promise, fault, says, looked, violations }) => [
    promise,
    says,
    looked,
    violations.length === 0 ? 'kept' : `BROKEN: ${violations.length} ${fault}`,
  ]);
  console.log(`\n${table(rows)}\n\n${table(figures)}`);
  const broken = verdicts.filter(({ violations }) => violations.length > 0);
  for (const { promise, fault, violations } of broken)
    console.log(
      `\n${promise} ${fault}:\n${violations
        .slice(0, SHOWN_VIOLATIONS)
        .map((text) => `  ${text}`)
        .join('\n')}`,
    );
  // Of a database that is killed they complain in any case.
  if (errors.length > 0 && (broken.length > 0 || internalErrors > 0))
    console.log(`\nWhat the nodes logged as errors:\n${errors.join('\n')}`);
  console.log(broken.length === 0 ? '\nEvery promise was kept.' : '\nA promise was BROKEN.');
  return broken.length === 0;
}
