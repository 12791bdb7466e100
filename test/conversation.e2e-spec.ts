import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inBothModes, LAST } from './support/modes.js';
import { MESSAGE, type World } from './support/world.js';

let world: World;

const ROOM_EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
  __typename
  ... on MessageAdded { revision message { ${MESSAGE} sender { displayName } } }
  ... on MessageChanged { revision message { ${MESSAGE} reactions { emoji count } } }
  ... on ParticipantChanged { userId participant { status role } }
  ... on ReceiptAdvanced { userId lastReadSequence }
  ... on RoomChanged { room { title status } }
} }`;

interface RoomEvents {
  roomEvents: { __typename: string; revision?: number; message?: { content: string; sequence: number } };
}

inBothModes((start) => {
  beforeAll(async () => {
    world = await start();
  });

  afterAll(() => world.stop());

  test('what one says the others hear, until they are removed', async () => {
    const { ada, ben, eve } = await world.people('ada', 'ben', 'eve');
    const room = await world.room([
      [ada, 'CUSTOMER'],
      [ben, 'RIDER'],
      [eve, 'SUPPORT_STAFF'],
    ]);
    const heard = world.as(ben, LAST).subscribe<RoomEvents>(ROOM_EVENTS, { roomId: room.id, after: 0 });
    expect(await heard.next()).toMatchObject({ roomEvents: { __typename: 'RoomChanged' } });
    expect(await heard.next()).toMatchObject({ roomEvents: { __typename: 'MessageAdded', revision: 1, message: { sequence: 1 } } });

    await world.send(room, ada, 'Has it shipped?');
    const events = await heard.until((event) => event.roomEvents.message?.content === 'Has it shipped?');
    expect(events.at(-1)).toMatchObject({ roomEvents: { revision: 2, message: { sequence: 2, sender: { displayName: 'ada' } } } });

    await world.act(eve, 'removeParticipant', { roomId: room.id, userId: ben.id });
    await world.send(room, ada, 'Still there?');
    const rest = await heard.rest();
    expect(rest.flatMap((event) => event.roomEvents.message?.content ?? [])).toEqual([]);
  });
});
