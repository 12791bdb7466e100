import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { SignedIn } from '../../policy/permission.decorators.js';
import { NotificationSettings } from './notification-settings.js';
import { NotificationSettingsService } from './notification-settings.service.js';
import { UpdateNotificationSettingsInput } from './settings.inputs.js';

@Resolver()
export class NotificationSettingsResolver {
  constructor(private readonly settings: NotificationSettingsService) {}

  @SignedIn()
  @Query(() => NotificationSettings, { description: 'How I am notified. Of one room: `updateNotificationPreferences`.' })
  notificationSettings(@CurrentViewer() viewer: Viewer) {
    return this.settings.of(viewer.userId);
  }

  @SignedIn()
  @Mutation(() => NotificationSettings, {
    description: 'How I am notified in all rooms, or in those of a kind. Holds at once, also for what waits.',
  })
  updateNotificationSettings(@CurrentViewer() viewer: Viewer, @Args('input') input: UpdateNotificationSettingsInput) {
    return this.settings.update(viewer.userId, input);
  }
}
