import { fill, LANGUAGES } from './language.js';
import { Locale } from './locale.js';

const ENGLISH = {
  messages: '{count, plural, one {# new message} other {# new messages}}',
  'messages.in': '{count, plural, one {# new message} other {# new messages}} in {title}',
  'messages.rooms':
    '{count, plural, one {# new message} other {# new messages}} in {rooms, plural, one {# conversation} other {# conversations}}',
  said: '{who}: {text}',
  image: 'Image',
  file: 'File',
  greeting: 'Hello {name},',
  open: 'Open the conversation',
  more: '{count, plural, one {# earlier message} other {# earlier messages}}',
  why: '{app} writes to you because there are messages that you have not read.',
  stop: 'No more e-mails',
  'stop.ask': 'Shall {app} no longer write to you about messages that you have not read?',
  stopped: '{app} will no longer write to you. You can change that in your settings.',
  'stop.invalid': 'This link is not complete. You can change what you are notified of in your settings.',
};

type Key = keyof typeof ENGLISH;

const FRENCH: Record<Key, string> = {
  messages: '{count, plural, one {# nouveau message} other {# nouveaux messages}}',
  'messages.in': '{count, plural, one {# nouveau message} other {# nouveaux messages}} dans {title}',
  'messages.rooms':
    '{count, plural, one {# nouveau message} other {# nouveaux messages}} dans {rooms, plural, one {# conversation} other {# conversations}}',
  said: '{who} : {text}',
  image: 'Image',
  file: 'Fichier',
  greeting: 'Bonjour {name},',
  open: 'Ouvrir la conversation',
  more: '{count, plural, one {# message plus ancien} other {# messages plus anciens}}',
  why: '{app} vous écrit parce que vous avez des messages non lus.',
  stop: 'Ne plus recevoir ces e-mails',
  'stop.ask': '{app} doit-il cesser de vous écrire au sujet de vos messages non lus ?',
  stopped: '{app} ne vous écrira plus. Vous pouvez changer cela dans vos réglages.',
  'stop.invalid': 'Ce lien est incomplet. Vous pouvez choisir vos notifications dans vos réglages.',
};

const MESSAGES_AR =
  '{count, plural, one {رسالة جديدة واحدة} two {رسالتان جديدتان} few {# رسائل جديدة} many {# رسالة جديدة} other {# رسالة جديدة}}';

const ARABIC: Record<Key, string> = {
  messages: MESSAGES_AR,
  'messages.in': `${MESSAGES_AR} في {title}`,
  'messages.rooms': `${MESSAGES_AR} في {rooms, plural, one {محادثة واحدة} two {محادثتين} few {# محادثات} many {# محادثة} other {# محادثة}}`,
  said: '{who}: {text}',
  image: 'صورة',
  file: 'ملف',
  greeting: 'مرحبًا {name}،',
  open: 'فتح المحادثة',
  more: '{count, plural, one {رسالة سابقة واحدة} two {رسالتان سابقتان} few {# رسائل سابقة} many {# رسالة سابقة} other {# رسالة سابقة}}',
  why: 'يكتب إليك {app} لأن لديك رسائل لم تقرأها.',
  stop: 'إيقاف هذه الرسائل الإلكترونية',
  'stop.ask': 'هل تريد أن يتوقف {app} عن الكتابة إليك بشأن الرسائل التي لم تقرأها؟',
  stopped: 'لن يكتب إليك {app} بعد الآن. يمكنك تغيير ذلك في إعداداتك.',
  'stop.invalid': 'هذا الرابط غير مكتمل. يمكنك اختيار إشعاراتك في إعداداتك.',
};

const TEXTS: Readonly<Record<Locale, Readonly<Record<Key, string>>>> = { EN: ENGLISH, AR: ARABIC, FR: FRENCH };

/** What the service says beside messages: in notifications, and on its own pages. Values are put in as they are. */
export const phrase = (locale: Locale, key: Key, values: Record<string, string | number> = {}): string =>
  fill(LANGUAGES[locale], TEXTS[locale][key], values);

/** As the `lang` and `dir` of a page. */
export const languageOf = (locale: Locale): { lang: string; dir: 'ltr' | 'rtl' } => ({
  lang: locale.toLowerCase(),
  dir: locale === Locale.AR ? 'rtl' : 'ltr',
});
