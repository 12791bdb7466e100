const example = (initialName: string, initialQuery: string, variables: object = {}) => ({
  initialName,
  initialQuery,
  initialVariables: JSON.stringify(variables, null, 2),
});

const ME = `# Who you are, you choose at the top right: each person has their token and a room of theirs, {{roomId}}.
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

const CREATE_ROOM = `mutation CreateRoom($input: CreateRoomInput!) {
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

/** Each runs as it is. The last one is in front when the page opens. */
export const EXAMPLES = [
  example('rooms', ROOMS),
  example('createRoom', CREATE_ROOM, { input: { kind: 'GROUP', title: 'A first room' } }),
  example('sendMessage', SEND_MESSAGE, { input: { roomId, content: 'Hello!', clientId: 'my-first-message' } }),
  example('messages', MESSAGES, { roomId }),
  example('roomEvents', ROOM_EVENTS, { roomId, after: 0 }),
  example('markRead', MARK_READ, { input: { roomId, upToSequence: 1 } }),
  example('me', ME),
];
