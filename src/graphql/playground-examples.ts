/** What the playground opens with, from left to right the way into a conversation. */
interface Example {
  initialName: string;
  initialQuery: string;
  initialVariables?: string;
  initialPostRequestScript?: string;
}

const example = (initialName: string, initialQuery: string, variables?: object, initialPostRequestScript?: string): Example => ({
  initialName,
  initialQuery,
  ...(variables && { initialVariables: JSON.stringify(variables, null, 2) }),
  ...(initialPostRequestScript && { initialPostRequestScript }),
});

const ME = `# Choose in the menu of environments (top right) who you are. Their token travels with each request.
query Me {
  me {
    id
    displayName
    role
  }
}`;

const ROOMS = `query Rooms {
  rooms(first: 20) {
    nodes {
      id
      code
      title
      status
      viewer {
        role
        unreadCount
      }
      lastMessage {
        preview
        createdAt
        sender {
          displayName
        }
      }
    }
  }
}`;

const CREATE_ROOM = `# Its id becomes {{roomId}}, which the other windows use.
mutation CreateRoom($input: CreateRoomInput!) {
  createRoom(input: $input) {
    id
    code
    title
    viewer {
      role
      can
    }
  }
}`;

const SEND_MESSAGE = `# Send it twice: the same clientId is the same message.
mutation SendMessage($input: SendMessageInput!) {
  sendMessage(input: $input) {
    id
    sequence
    status
  }
}`;

const MESSAGES = `query Messages($roomId: ID!, $before: String) {
  room(id: $roomId) {
    title
    messages(last: 20, before: $before) {
      hasMore
      oldestId
      nodes {
        sequence
        content
        createdAt
        sender {
          displayName
        }
        reactions {
          emoji
          count
        }
        status
      }
    }
  }
}`;

const ROOM_EVENTS = `# All that has happened since \`after\`, then live: send something while this is open.
subscription RoomEvents($roomId: ID!, $after: Int) {
  roomEvents(roomId: $roomId, after: $after) {
    __typename
    ... on MessageAdded {
      revision
      message {
        sequence
        content
        sender {
          displayName
        }
      }
    }
    ... on MessageChanged {
      revision
      message {
        sequence
        content
        deletedAt
      }
    }
    ... on ParticipantChanged {
      participant {
        role
        status
      }
    }
    ... on ReceiptAdvanced {
      userId
      lastReadSequence
    }
    ... on ResyncRequired {
      revision
    }
  }
}`;

const MARK_READ = `mutation MarkRead($input: MarkReadInput!) {
  markRead(input: $input) {
    lastReadSequence
  }
}`;

const roomId = '{{roomId}}';
const REMEMBER_ROOM = 'altair.helpers.setEnvironment("roomId", altair.response.body.data.createRoom.id);';

export const EXAMPLES: Example[] = [
  example('me', ME),
  example('rooms', ROOMS),
  example('createRoom', CREATE_ROOM, { input: { kind: 'GROUP', title: 'A first room' } }, REMEMBER_ROOM),
  example('sendMessage', SEND_MESSAGE, { input: { roomId, content: 'Hello!', clientId: 'my-first-message' } }),
  example('messages', MESSAGES, { roomId }),
  example('roomEvents', ROOM_EVENTS, { roomId, after: 0 }),
  example('markRead', MARK_READ, { input: { roomId, upToSequence: 1 } }),
];
