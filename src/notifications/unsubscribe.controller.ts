import { Controller, Get, Header, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { type Config, CONFIG } from '../config/config.js';
import { Public } from '../policy/permission.decorators.js';
import { Locale } from '../wording/locale.js';
import { languageOf, phrase } from '../wording/phrases.js';
import { escaped } from './channels/mail-page.js';
import { UNSUBSCRIBE_PATH, type Unsubscriber, unsubscriberOf } from './channels/unsubscribe-link.js';
import { NotificationSettingsService } from './settings/notification-settings.service.js';

const HTML = 'text/html; charset=utf-8';
const NO_SCRIPTS = "default-src 'none'; form-action 'self'; frame-ancestors 'none'";

/** The link in every e-mail. Looking at it changes nothing, since mail servers look at links; the POST does. @see RFC 8058 */
@Controller(UNSUBSCRIBE_PATH)
export class UnsubscribeController {
  constructor(
    private readonly settings: NotificationSettingsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Public()
  @Get()
  @Header('content-type', HTML)
  @Header('content-security-policy', NO_SCRIPTS)
  @Header('referrer-policy', 'no-referrer')
  ask(@Query('token') token?: string): string {
    const who = this.whose(token);
    if (!who) return this.page(Locale.EN, 'stop.invalid');
    return this.page(who.locale, 'stop.ask', `<form method="post"><button>${escaped(phrase(who.locale, 'stop'))}</button></form>`);
  }

  /** Idempotent. */
  @Public()
  @Post()
  @HttpCode(200)
  @Header('content-type', HTML)
  @Header('content-security-policy', NO_SCRIPTS)
  async stop(@Query('token') token?: string): Promise<string> {
    const who = this.whose(token);
    if (!who) return this.page(Locale.EN, 'stop.invalid');
    await this.settings.refuseEmail(who.userId);
    return this.page(who.locale, 'stopped');
  }

  private whose(token: unknown): Unsubscriber | null {
    const { secretsKey } = this.config;
    return secretsKey !== null && typeof token === 'string' ? unsubscriberOf(secretsKey, token) : null;
  }

  private page(locale: Locale, key: 'stop.ask' | 'stop.invalid' | 'stopped', more = ''): string {
    const { lang, dir } = languageOf(locale);
    const { appName: app } = this.config;
    const words = escaped(phrase(locale, key, { app }));
    return `<!doctype html><html lang="${lang}" dir="${dir}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(app)}</title><p>${words}</p>${more}</html>`;
  }
}
