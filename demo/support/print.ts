import { styleText } from 'node:util';
import type { Person } from './person.js';
import type { HeardMessage, Tick } from './side.js';

const TICKS: Record<Tick, string> = { SENT: '✓', DELIVERED: '✓✓', READ: '✓✓ read' };

/** Keeps text of any direction inside its own line. @see https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates */
const isolated = (text: string) => `\u2068${text}\u2069`;

/** A line break goes on under the text; no other control character reaches the terminal. */
const shown = (text: string, indent: string) =>
  text
    .split('\n')
    .map((line) => isolated(line.replace(/\p{Cc}/gu, '�')))
    .join(`\n${indent}`);

const time = (iso: string) => new Date(iso).toLocaleTimeString('en-GB');

export function printAct(title: string): void {
  console.log(`\n${styleText('bold', title)}`);
}

export function printStep(text: string): void {
  console.log(`  ${text}`);
}

function lineOf(message: HeardMessage, me: Person): string {
  const head = `${String(message.sequence).padStart(4)}  ${time(message.createdAt)}  `;
  if (message.sender === null) return `${head}${styleText('dim', `— ${shown(message.content ?? '', '')} —`)}`;
  const isMine = message.sender?.id === me.id;
  const name = isMine ? 'I' : (message.sender?.displayName ?? '?');
  const text = message.content === null ? styleText('italic', 'this message was deleted') : shown(message.content, ' '.repeat(16));
  const quote = message.replyTo ? styleText('dim', ` ↪ ${message.replyTo.sequence}`) : '';
  const edited = message.editedAt && message.content !== null ? styleText('dim', ' (edited)') : '';
  const reactions = message.reactions.map(({ emoji, count }) => ` ${emoji}${count > 1 ? ` ${count}` : ''}`).join('');
  const tick = isMine && message.content !== null ? styleText('cyan', ` ${TICKS[me.side.tickOf(message)]}`) : '';
  return `${head}${styleText('bold', isolated(name))}${quote}: ${text}${edited}${reactions && `  [${reactions.trim()}]`}${tick}`;
}

/** The conversation as it stands in one person's application, whose lines are returned. */
export function printSide(me: Person): string[] {
  const { title, status } = me.side.room;
  printAct(`── as ${me.name} sees it (${me.part}) · ${isolated(title)} · ${status} ──`);
  const lines = me.side.messages.map((message) => lineOf(message, me));
  for (const line of lines) console.log(line);
  return lines;
}
