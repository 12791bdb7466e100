import { once } from 'node:events';
import { Audience, type AudienceJob, type Round } from './audience.js';
import { Crowd, type CrowdJob } from './crowd.js';

type Listening = { audience: AudienceJob } | { crowd: CrowdJob };

process.on('disconnect', () => process.exit());
const [job] = (await once(process, 'message')) as [Listening];
if ('audience' in job) {
  const audience = await Audience.gather(job.audience);
  await audience.run({ seconds: 1 });
  process.on('message', (round: Round) => void audience.run(round).then((figure) => process.send!(figure)));
  process.send!(audience.sample);
} else {
  const crowd = new Crowd(job.crowd);
  await crowd.idle();
  process.on('message', (order: { comeBack: number }) => void crowd.comeBack(order.comeBack).then((result) => process.send!(result)));
  process.send!('here');
}
