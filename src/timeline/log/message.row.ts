import { Message, type MessageKind, type Metadata } from './message.entity.js';

/** A row of `messages` as a statement returns it. */
export interface MessageRow {
  room_id: string;
  sequence: number;
  id: string;
  sender_id: string | null;
  kind: MessageKind;
  content: string | null;
  metadata: Metadata | null;
  reply_to_id: string | null;
  client_id: string | null;
  created_revision: number;
  revision: number;
  created_at: Date;
  edited_at: Date | null;
  deleted_at: Date | null;
  deleted_by: string | null;
}

/** The columns of a `MessageRow`, of the table with this alias. */
export const messageColumns = (alias: string): string =>
  `room_id sequence id sender_id kind content metadata reply_to_id client_id created_revision revision created_at edited_at deleted_at deleted_by`
    .split(' ')
    .map((column) => `${alias}.${column}`)
    .join(', ');

export function toMessage(row: MessageRow): Message {
  const message = new Message();
  message.roomId = row.room_id;
  message.sequence = row.sequence;
  message.id = row.id;
  message.senderId = row.sender_id;
  message.kind = row.kind;
  message.content = row.content;
  message.metadata = row.metadata;
  message.replyToId = row.reply_to_id;
  message.clientId = row.client_id;
  message.createdRevision = row.created_revision;
  message.revision = row.revision;
  message.createdAt = row.created_at;
  message.editedAt = row.edited_at;
  message.deletedAt = row.deleted_at;
  message.deletedBy = row.deleted_by;
  return message;
}
