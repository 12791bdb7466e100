import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import nodemailer, { type Transporter } from 'nodemailer';
import { type Config, CONFIG } from '../../config/config.js';
import type { Letter } from './letter.js';
import { mailPage } from './mail-page.js';
import { unsubscribeLink } from './unsubscribe-link.js';

const CONNECTIONS = 2;
const PATIENCE_MS = 10_000;
const ABOUT_THE_LETTER = ['RCPT TO', 'DATA'];

/** ARRIVED: the server has taken it. REFUSED: it will never. LATER: nobody knows, or not now. */
export type Posted = 'ARRIVED' | 'REFUSED' | 'LATER';

/** The same letter has the same id, however often it is sent: a mailbox may tell the two apart, or not show the second. */
function messageId({ userId, rooms }: Letter, from: string): string {
  const content = JSON.stringify([userId, rooms.map(({ roomId, head }) => [roomId, head.sequence])]);
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/[^\w.-]/g, '');
  return `<${createHash('sha256').update(content).digest('hex').slice(0, 32)}@${domain}>`;
}

/** Writes e-mails. */
@Injectable()
export class Mail implements OnModuleDestroy {
  private readonly transport: Transporter | null;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    const { email } = config;
    const patience = { connectionTimeout: PATIENCE_MS, greetingTimeout: PATIENCE_MS, socketTimeout: PATIENCE_MS };
    this.transport = email && nodemailer.createTransport({ url: email.smtpUrl, pool: true, maxConnections: CONNECTIONS, ...patience });
  }

  onModuleDestroy(): void {
    this.transport?.close();
  }

  /** One e-mail of all rooms. @throws nothing: what went wrong is told by the answer, and to `onError` */
  async send(address: string, letter: Letter, inTime: AbortSignal, onError: (error: unknown) => void): Promise<Posted> {
    const { email, appName, publicUrl, secretsKey } = this.config;
    if (!this.transport || !email) return 'REFUSED';
    const stop = publicUrl && secretsKey ? unsubscribeLink(publicUrl, secretsKey, letter) : null;
    try {
      await this.transport.sendMail({
        signal: inTime,
        from: email.from,
        to: { name: letter.name, address },
        messageId: messageId(letter, email.from),
        // Of a machine: nothing answers it by itself. @see RFC 3834
        headers: { 'Auto-Submitted': 'auto-generated', ...(stop && { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }) },
        ...(stop && { list: { unsubscribe: stop } }),
        ...mailPage(letter, { appName, stop }),
      });
      return 'ARRIVED';
    } catch (error) {
      onError(error);
      const { responseCode = 0, command = '' } = error as { responseCode?: number; command?: string };
      // What is said of our password, or of us, is not said of the letter.
      return responseCode >= 500 && ABOUT_THE_LETTER.includes(command) ? 'REFUSED' : 'LATER';
    }
  }
}
