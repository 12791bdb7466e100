import { newId } from '../../src/common/values/ids.js';
import { MessageKind } from '../../src/timeline/log/message.entity.js';
import type { Machine, Move } from '../../src/transitions/machine/machine.js';
import { Lamp } from './lamp.entity.js';

async function installSpare(move: Move<Lamp>): Promise<void> {
  const { roomId, ownerId } = move.subject;
  await move.begin(lampMachine, Object.assign(new Lamp(), { id: newId(), roomId, ownerId }), { event: 'install' });
}

export const lampMachine: Machine<Lamp, 'OWNER'> = {
  name: 'lamp',
  entity: Lamp,
  kind: MessageKind.JOB_UPDATE,
  parties: (lamp, userId) => (lamp.ownerId === userId ? ['OWNER'] : []),
  steps: [
    {
      event: 'install',
      from: [],
      to: 'OFF',
      by: ['CUSTOMER', 'SERVICE', 'SYSTEM'],
      say: ({ actorName }) => `${actorName} installed a lamp`,
    },
    { event: 'switch_on', from: ['OFF'], to: 'ON', by: ['OWNER', 'RIDER'], say: ({ actorName }) => `${actorName} switched the lamp on` },
    { event: 'switch_off', from: ['ON'], to: 'OFF', by: ['OWNER', 'TIMER'], say: ({ actorName }) => `${actorName} switched the lamp off` },
    {
      event: 'break',
      from: ['OFF', 'ON'],
      to: 'BROKEN',
      by: ['SERVICE'],
      needsReason: true,
      effects: [{ says: 'a spare one is installed', run: installSpare }],
      say: ({ reason }) => `The lamp broke: ${reason}`,
    },
  ],
  deadlines: [
    {
      in: ['ON'],
      event: 'switch_off',
      due: (_, at, { editWindowMs }) => new Date(at.getTime() + editWindowMs),
      says: 'after the time in which one may edit, which is a setting',
    },
  ],
};
