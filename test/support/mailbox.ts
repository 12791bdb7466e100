import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const refused = (responseCode: number | null) => (responseCode === null ? null : Object.assign(new Error('not now'), { responseCode }));

/** A mail server on loopback that keeps what it is sent. */
export class Mailbox {
  private readonly mails: ParsedMail[] = [];
  /** Every try to hand something over, by the address. */
  private readonly tries: string[] = [];
  private refusal: () => number | null = () => null;
  private refusalOfSender: () => number | null = () => null;
  private refusalOfContent: () => number | null = () => null;
  private readonly server: SMTPServer;

  private constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onMailFrom: (_address, _session, done) => done(refused(this.refusalOfSender())),
      onRcptTo: ({ address }, _session, done) => {
        this.tries.push(address);
        done(refused(this.refusal()));
      },
      onData: (stream, _session, done) => {
        simpleParser(stream).then((mail) => {
          this.mails.push(mail);
          done(refused(this.refusalOfContent()));
        }, done);
      },
    });
  }

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    const listener = mailbox.server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  get settings(): Record<string, string> {
    return { SMTP_URL: this.url, EMAIL_FROM: 'Corner Pharmacy <chat@pharmacy.example>', APP_NAME: 'Corner Pharmacy' };
  }

  /** With which code it refuses; null: it takes everything. */
  refuses(code: () => number | null): void {
    this.refusal = code;
  }

  /** The same, for who sends it. */
  refusesSender(code: () => number | null): void {
    this.refusalOfSender = code;
  }

  /** The same, for what it has kept already: as where its answer is lost. */
  refusesWhatItKeeps(code: () => number | null): void {
    this.refusalOfContent = code;
  }

  to(address: string): ParsedMail[] {
    return this.mails.filter(({ to }) => [to ?? []].flat().some(({ value }) => value.some((one) => one.address === address)));
  }

  attempts(address: string): number {
    return this.tries.filter((one) => one === address).length;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
