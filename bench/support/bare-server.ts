import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { PAGES } from '../../src/messages/messages.queries.js';
import type { MessageRow } from '../../src/timeline/message.row.js';

/** The product's own statement, and the senders with it. */
const PAGE_WITH_SENDERS = {
  name: 'bare_page',
  text: `with page as (${PAGES.desc.all.text}) select page.*, u.display_name from page left join users u on u.id = page.sender_id order by sequence`,
};

const SIZE = 50;

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What one would write who needs nothing but this page: no permissions, no GraphQL, no errors. */
export async function startBareServer(databaseUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { roomId, before = null } = JSON.parse(await bodyOf(request)) as { roomId: string; before?: string | null };
    const { rows } = await pool.query<MessageRow & { display_name: string }>({
      ...PAGE_WITH_SENDERS,
      values: [roomId, 0, null, before, null, null, SIZE + 1, null],
    });
    const nodes = rows.slice(-SIZE).map((row) => ({
      id: row.id,
      sequence: Number(row.sequence),
      kind: row.kind,
      content: row.content,
      metadata: row.metadata,
      clientId: row.client_id,
      createdAt: row.created_at,
      editedAt: row.edited_at,
      deletedAt: row.deleted_at,
      sender: { id: row.sender_id, displayName: row.display_name },
    }));
    const body = JSON.stringify({ nodes, pageInfo: { hasPreviousPage: rows.length > SIZE, startCursor: nodes[0]?.id } });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  };
  const server = http.createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await pool.end();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, close };
}
