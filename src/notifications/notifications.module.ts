import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WebhooksModule } from '../integrations/webhooks/webhooks.module.js';
import { ParticipantsModule } from '../participants/participants.module.js';
import { Fcm } from './channels/fcm.service.js';
import { Mail } from './channels/mail.service.js';
import { Push } from './channels/push.service.js';
import { WebPush } from './channels/web-push.service.js';
import { Device } from './devices/device.entity.js';
import { DevicesResolver } from './devices/devices.resolver.js';
import { Devices } from './devices/devices.service.js';
import { NotificationDispatcher } from './notification-dispatcher.service.js';
import { NotificationPosition, NotificationTurn, PendingNotification } from './outbox/notification.entity.js';
import { Planner } from './outbox/planner.service.js';
import { Teller } from './teller.service.js';
import { StoredNotificationSettings } from './settings/notification-settings.entity.js';
import { NotificationSettingsService } from './settings/notification-settings.service.js';
import { NotificationSettingsResolver } from './settings/settings.resolver.js';
import { UnsubscribeController } from './unsubscribe.controller.js';

/** Tells people outside of the application what they have not read. */
@Module({
  imports: [
    TypeOrmModule.forFeature([StoredNotificationSettings, Device, NotificationPosition, PendingNotification, NotificationTurn]),
    ParticipantsModule,
    WebhooksModule,
  ],
  controllers: [UnsubscribeController],
  providers: [
    NotificationSettingsService,
    NotificationSettingsResolver,
    Devices,
    DevicesResolver,
    WebPush,
    Fcm,
    Push,
    Mail,
    Planner,
    Teller,
    NotificationDispatcher,
  ],
})
export class NotificationsModule {}
