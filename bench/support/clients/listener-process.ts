import { once } from 'node:events';
import { Audience, type AudienceJob, type Round } from './audience.js';
import { Crowd, type CrowdJob } from './crowd.js';
import { StalledCrowd, type StalledJob } from './stalled-crowd.js';

type Listening = { audience: AudienceJob } | { crowd: CrowdJob } | { stalled: StalledJob };

process.on('disconnect', () => process.exit());
const [job] = (await once(process, 'message')) as [Listening];
if ('audience' in job) {
  const audience = await Audience.gather(job.audience);
  await audience.run({ seconds: 1 });
  process.on('message', (round: Round) => void audience.run(round).then((figure) => process.send!(figure)));
  process.send!(audience.sample);
} else if ('stalled' in job) {
  const stalled = await StalledCrowd.stall(job.stalled);
  process.on('message', () => void stalled.fill().then(() => process.send!('filled')));
  process.send!('here');
} else {
  const crowd = new Crowd(job.crowd);
  await crowd.idle();
  process.on('message', (order: { comeBack: number }) => void crowd.comeBack(order.comeBack).then((result) => process.send!(result)));
  process.send!('here');
}
