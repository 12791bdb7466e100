import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Inject } from '@nestjs/common';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { type Config, CONFIG } from '../../config/config.js';
import { SignedIn } from '../../policy/permission.decorators.js';
import { Device } from './device.entity.js';
import { RegisterDeviceInput, RemoveDeviceInput } from './devices.inputs.js';
import { Devices } from './devices.service.js';

@Resolver()
export class DevicesResolver {
  constructor(
    private readonly registered: Devices,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @SignedIn()
  @Query(() => String, {
    nullable: true,
    description: 'The `applicationServerKey` with which a browser subscribes (`PushManager.subscribe`). Null: Web Push is not set up here.',
  })
  webPushKey(): string | null {
    return this.config.webPush?.publicKey ?? null;
  }

  @SignedIn()
  @Query(() => [Device], { description: 'Mine, the newest first.' })
  devices(@CurrentViewer() viewer: Viewer) {
    return this.registered.of(viewer.userId);
  }

  @SignedIn()
  @Mutation(() => Device, {
    description:
      'From now on I am notified on this device, and whoever was before is not. Call it at every start: addresses change. At most 20, then the oldest goes. Errors: BAD_USER_INPUT (an address that is not public), UNAVAILABLE (not set up here).',
  })
  registerDevice(@CurrentViewer() viewer: Viewer, @Args('input') input: RegisterDeviceInput) {
    return this.registered.register(viewer.userId, input);
  }

  @SignedIn()
  @Mutation(() => Boolean, { description: 'For signing out. False: I have no such device.' })
  removeDevice(@CurrentViewer() viewer: Viewer, @Args('input') { deviceId }: RemoveDeviceInput) {
    return this.registered.remove(viewer.userId, deviceId);
  }
}
