import { parseArgs } from 'node:util';
import { NEMESES, type NemesisName } from './faults/nemesis.js';
import type { Plan } from './run.js';
import { SABOTAGES } from './faults/sabotages.js';

const HELP = `npm run check:consistency -- [options]
  --seconds 60   how long people talk
  --clients 10   how many
  --nodes 3      on so many processes of Parley
  --rooms 4      in so many rooms
  --seed 1       of the choices
  --only NAME    ${NEMESES.join(', ')} or none; may be given several times
  --history FILE what everybody did and saw, as JSON lines
  --planted      instead: does it find the bugs that are planted?
  --bug NAME     only this one; may be given several times`;

export interface Options {
  plan: Plan;
  isPlanted: boolean;
  /** Which to plant; none: each. */
  bugs: string[];
  historyFile: string | undefined;
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} takes a whole number from ${least}`);
  return value;
}

function isNemesis(name: string): name is NemesisName {
  return (NEMESES as readonly string[]).includes(name);
}

/** @throws Error that says what is wrong, and what there is */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '60' },
        clients: { type: 'string', default: '10' },
        nodes: { type: 'string', default: '3' },
        rooms: { type: 'string', default: '4' },
        seed: { type: 'string', default: '1' },
        only: { type: 'string', multiple: true },
        history: { type: 'string' },
        bug: { type: 'string', multiple: true, default: [] },
        planted: { type: 'boolean', default: false },
      },
    });
    const only = values.only?.filter((name) => name !== 'none');
    const unknown = values.bug.find((name) => !(name in SABOTAGES));
    if (unknown !== undefined) throw new Error(`--bug: there is no "${unknown}"`);
    const foreign = only?.find((name) => !isNemesis(name));
    if (foreign !== undefined) throw new Error(`--only: there is no nemesis "${foreign}"`);
    return {
      plan: {
        seconds: wholeNumber('seconds', values.seconds, 3),
        clients: wholeNumber('clients', values.clients, 2),
        nodes: wholeNumber('nodes', values.nodes, 1),
        rooms: wholeNumber('rooms', values.rooms, 1),
        seed: wholeNumber('seed', values.seed, 0),
        nemeses: only?.filter(isNemesis) ?? NEMESES,
        pause: { least: 500, most: 2_500 },
      },
      isPlanted: values.planted || values.bug.length > 0,
      bugs: values.bug,
      historyFile: values.history,
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`, { cause: error });
  }
}
