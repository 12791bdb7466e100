import { randomUUID } from 'node:crypto';
import type { Ending } from './api.js';
import { codeOf, type Person } from './person.js';
import type { Promises } from './promises.js';
import { within } from './within.js';

/** P8: whatever is asked of a room that one may not see, the answer is that for a room that does not exist. */
export async function cannotTell(
  promises: Promises,
  promise: string,
  person: Person,
  { roomId, messageId }: { roomId: string; messageId: string },
): Promise<void> {
  const missing = randomUUID();
  const questions: [string, (id: string) => Record<string, unknown>][] = [
    ['query ($id: ID!) { room(id: $id) { id title messages { nodes { content } } } }', (id) => ({ id })],
    ['query ($id: ID!) { changes(roomId: $id, after: 0) { revision } }', (id) => ({ id })],
    ['query ($id: ID!, $messageId: ID!) { message(roomId: $id, id: $messageId) { content } }', (id) => ({ id, messageId })],
    ['mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }', (id) => ({ input: { roomId: id, content: 'hello?' } })],
    ['mutation ($input: MarkReadInput!) { markRead(input: $input) { userId } }', (id) => ({ input: { roomId: id, upToSequence: 1 } })],
    ['mutation ($input: LeaveRoomInput!) { leaveRoom(input: $input) { userId } }', (id) => ({ input: { roomId: id } })],
    ['mutation ($input: JoinRoomInput!) { joinRoom(input: $input) { userId } }', (id) => ({ input: { roomId: id } })],
  ];
  for (const [query, variables] of questions) {
    for (const transport of ['http', 'socket'] as const) {
      const forbidden = await person.api.ask(query, variables(roomId), transport);
      const nowhere = await person.api.ask(query, variables(missing), transport);
      promises.same(promise, `${person.part} over ${transport}: ${query}`, forbidden, nowhere);
      promises.same(promise, `${person.part} over ${transport}: ${query}`, codeOf(forbidden.errors), 'NOT_FOUND');
    }
  }
  const listen = (id: string): Promise<Ending> =>
    person.api.listen('subscription ($id: ID!) { roomEvents(roomId: $id, after: 0) { __typename } }', { id }, () =>
      promises.look(promise, `${person.part} heard an event`, false),
    );
  promises.same(
    promise,
    `${person.part} subscribes`,
    await within('a refusal', listen(roomId)),
    await within('a refusal', listen(missing)),
  );
}
