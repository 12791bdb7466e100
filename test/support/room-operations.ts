import { newId } from '../../src/common/values/ids.js';
import type { Action } from '../../src/policy/policy.js';
import type { World } from './world.js';

/** A room made for one operation: who is in it, and what was said. */
export interface Scene {
  roomId: string;
  code: string;
  ownMessage: string;
  othersMessage: string;
  /** Of whoever acts, to the one who is active; where they are not in the room, of the muted one. */
  payment: string;
  /** People in the room, by their status there, and one who is not. */
  active: string;
  muted: string;
  blocked: string;
  outsider: string;
}

export interface Operation {
  /** The field of the API. */
  field: string;
  document: string;
  variables(scene: Scene): Record<string, unknown>;
}

const typeOf = (mutation: string) => `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;

function mutation(field: string, more: (scene: Scene) => object = () => ({})): Operation {
  const fields = ['deleteRoom', 'setTyping'].includes(field) ? '' : '{ __typename }';
  return {
    field,
    document: `mutation ($input: ${typeOf(field)}) { ${field}(input: $input) ${fields} }`,
    variables: (scene) => ({ input: { roomId: scene.roomId, ...more(scene) } }),
  };
}

function query(field: string, document: string): Operation {
  const used = (scene: Scene) => Object.entries(scene).filter(([name]) => document.includes(`$${name}:`));
  return { field, document, variables: (scene) => Object.fromEntries(used(scene)) };
}

const onOwn = ({ ownMessage: messageId }: Scene) => ({ messageId });
const onOthers = ({ othersMessage: messageId }: Scene) => ({ messageId });
const onPerson = (who: 'active' | 'muted' | 'blocked' | 'outsider') => (scene: Scene) => ({ userId: scene[who] });
const revisionsOf = (message: 'ownMessage' | 'othersMessage') =>
  query(
    'messageRevisions',
    `query ($roomId: ID!, $${message}: ID!) { messageRevisions(roomId: $roomId, messageId: $${message}) { __typename } }`,
  );

/** What can be asked of a room, by what it needs. "of another" acts on somebody else's message, everything else on one's own. */
export const OPERATIONS = {
  'room.read': [
    query('room', 'query ($roomId: ID!) { room(id: $roomId) { id } }'),
    query('roomByCode', 'query ($code: String!) { roomByCode(code: $code) { id } }'),
    query('message', 'query ($roomId: ID!, $othersMessage: ID!) { message(roomId: $roomId, id: $othersMessage) { id } }'),
    query('changes', 'query ($roomId: ID!) { changes(roomId: $roomId, after: 0) { revision } }'),
  ],
  'room.update': [mutation('updateRoom', () => ({ title: 'Another title' }))],
  'room.close': [mutation('closeRoom')],
  'room.reopen': [mutation('reopenRoom')],
  'room.archive': [mutation('archiveRoom')],
  'room.delete': [mutation('deleteRoom')],
  'participant.add': [mutation('addParticipant', (scene) => ({ ...onPerson('outsider')(scene), role: 'CLIENT' }))],
  'participant.remove': [mutation('removeParticipant', onPerson('active'))],
  'participant.leave': [mutation('leaveRoom')],
  'participant.changeRole': [mutation('changeParticipantRole', (scene) => ({ ...onPerson('active')(scene), role: 'WORKER' }))],
  'participant.mute': [mutation('muteParticipant', onPerson('active')), mutation('unmuteParticipant', onPerson('muted'))],
  'participant.block': [mutation('blockParticipant', onPerson('active')), mutation('unblockParticipant', onPerson('blocked'))],
  'preferences.update': [mutation('updateNotificationPreferences', () => ({ level: 'NONE' }))],
  'message.send': [mutation('sendMessage', () => ({ content: 'Hello' }))],
  'message.edit': [mutation('editMessage', (scene) => ({ ...onOwn(scene), content: 'Better' }))],
  'message.edit of another': [mutation('editMessage', (scene) => ({ ...onOthers(scene), content: 'Worse' }))],
  'message.delete': [mutation('deleteMessage', onOwn)],
  'message.delete of another': [mutation('deleteMessage', (scene) => ({ ...onOthers(scene), reason: 'spam' }))],
  'message.react': [
    mutation('addReaction', (scene) => ({ ...onOthers(scene), emoji: '👍' })),
    mutation('removeReaction', (scene) => ({ ...onOthers(scene), emoji: '👍' })),
  ],
  'message.readRevisions': [revisionsOf('ownMessage')],
  'message.readRevisions of another': [revisionsOf('othersMessage')],
  'message.markRead': [
    mutation('markRead', () => ({ upToSequence: 1 })),
    mutation('markUnread', () => ({ fromSequence: 1 })),
    mutation('markDelivered', () => ({ upToSequence: 1 })),
  ],
  'history.clear': [mutation('clearHistory')],
  'payment.initiate': [mutation('initiatePayment', ({ active }) => ({ payeeId: active, amountMinor: 100, currency: 'EUR' }))],
  'dispute.open': [
    mutation('openDispute', ({ active, payment }) => ({
      ...{ against: active, contextKind: 'PAYMENT', contextId: payment, reason: 'OTHER', desired: 'OTHER' },
    })),
  ],
  'typing.set': [mutation('setTyping', () => ({ isTyping: true }))],
} satisfies Record<string, Operation[]>;

export type Row = keyof typeof OPERATIONS;
export const ROWS = Object.keys(OPERATIONS) as Row[];
export const actionOf = (row: Row): Action => row.replace(' of another', '') as Action;

/** Rooms in which somebody has this standing; without a setting for them they are not in it. One statement for each table. */
export async function makeScenes(
  world: World,
  people: { subject: string } & Pick<Scene, 'active' | 'muted' | 'blocked' | 'outsider'>,
  setting: { roomStatus: string; isSensitive?: boolean; subject?: { role: string; status: string } },
  count: number,
): Promise<Scene[]> {
  const { subject, ...others } = people;
  const scenes = Array.from({ length: count }, (): Scene => {
    const roomId = newId();
    const code = `GRP-${roomId.slice(-12).toUpperCase()}`;
    return { roomId, code, ownMessage: newId(), othersMessage: newId(), payment: newId(), ...others };
  });
  const ids = scenes.map((scene) => scene.roomId);
  const seats = [
    { user: others.active, role: 'CLIENT', status: 'ACTIVE' },
    { user: others.muted, role: 'WORKER', status: 'MUTED' },
    { user: others.blocked, role: 'CLIENT', status: 'BLOCKED' },
    ...(setting.subject ? [{ user: subject, ...setting.subject }] : []),
  ];
  const taken = seats.filter(({ status }) => status === 'ACTIVE' || status === 'MUTED').length;
  await world.sql(
    `insert into rooms (id, code, kind, status, title, participant_count, last_sequence, revision, last_message_kind, last_message_at, is_sensitive)
     select id, code, 'GROUP', $3, 'A room', $4, 3, 3, 'TEXT', now(), $5 from unnest($1::uuid[], $2::text[]) as scene(id, code)`,
    [ids, scenes.map((scene) => scene.code), setting.roomStatus, taken, setting.isSensitive ?? false],
  );
  await world.sql(
    `insert into participants (room_id, user_id, role, status)
     select room_id, (seat->>'user')::uuid, seat->>'role', seat->>'status' from unnest($1::uuid[]) room_id, jsonb_array_elements($2::jsonb) seat`,
    [ids, JSON.stringify(seats)],
  );
  await world.sql(
    `insert into payments (id, room_id, status, payer_id, payee_id, amount_minor, captured_minor, currency, capture_mode, provider)
     select id, room_id, 'CAPTURED', $3, $4, 100, 100, 'EUR', 'MANUAL', 'sandbox' from unnest($1::uuid[], $2::uuid[]) as made(id, room_id)`,
    [scenes.map((scene) => scene.payment), ids, setting.subject ? subject : others.muted, others.active],
  );
  const speaker = setting.subject ? subject : others.active;
  await world.sql(
    `insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
     select room_id, m.sequence, m.id, m.sender, m.kind, 'Hello', m.sequence, m.sequence
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as scene(room_id, own, theirs),
       lateral (values (1, gen_random_uuid(), null::uuid, 'SYSTEM'), (2, own, $4::uuid, 'TEXT'), (3, theirs, $5::uuid, 'TEXT')) as m(sequence, id, sender, kind)`,
    [ids, scenes.map((scene) => scene.ownMessage), scenes.map((scene) => scene.othersMessage), speaker, others.active],
  );
  return scenes;
}

/** Runs many at once, as many as a node answers well. */
export async function inParallel<Item>(items: Item[], work: (item: Item) => Promise<void>, width = 12): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
