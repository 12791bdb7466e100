import fs from 'node:fs';
import { care } from './care/care.js';
import { jobs } from './jobs/jobs.js';
import { marketplace } from './marketplace/marketplace.js';
import { pharmacy } from './pharmacy/pharmacy.js';
import { printAct, printSide, printStep } from './support/print.js';
import { Promises } from './support/promises.js';
import { radiology } from './radiology/radiology.js';
import { asShown, shownOf } from './support/readme.js';
import { Stage } from './support/stage.js';
import type { Story } from './support/story.js';

const STORIES: Record<string, Story> = { pharmacy, marketplace, jobs, care, radiology };
const ALL = 'all';
const PAGE = { README: 'it looks as the README shows it' };

/** Whether all that was seen was right. */
async function perform(name: string, story: Story): Promise<boolean> {
  printAct(`${story.title}: a database and a node start …`);
  const stage = await Stage.open(story.settings);
  const leave = () => void stage.close().finally(() => process.exit(130));
  process.once('SIGINT', leave);
  const promises = new Promises({ ...story.promises, ...PAGE });
  try {
    const lines = (await story.tell(stage, promises)).flatMap(printSide).map(asShown);
    for (const line of shownOf(name)) promises.look('README', `nobody saw "${line}"`, lines.includes(line));
    printAct('What was promised');
    return promises.report();
  } catch (error) {
    printAct('The story broke off');
    printStep(error instanceof Error ? (error.stack ?? error.message) : String(error));
    promises.report();
    printStep(`The node's last words:\n${stage.log.split('\n').slice(-20).join('\n')}`);
    return false;
  } finally {
    process.off('SIGINT', leave);
    await stage.close();
  }
}

/** One after the other, each to its end, whatever became of the one before. */
async function performAll(stories: [string, Story][]): Promise<boolean> {
  const failed: string[] = [];
  for (const [name, story] of stories) if (!(await perform(name, story))) failed.push(name);
  if (stories.length > 1) printAct(failed.length === 0 ? `All ${stories.length} stories were right.` : `Not right: ${failed.join(', ')}`);
  return failed.length === 0;
}

async function main([name = 'pharmacy']: string[]): Promise<number> {
  const stories = Object.entries(STORIES).filter(([known]) => name === ALL || name === known);
  if (stories.length === 0) {
    console.error(`There is no story "${name}". There is: ${[...Object.keys(STORIES), ALL].join(', ')}`);
    return 1;
  }
  // The one setting that the demo takes: DATABASE_URL.
  if (fs.existsSync('.env')) process.loadEnvFile();
  try {
    return (await performAll(stories)) ? 0 : 1;
  } catch (error) {
    console.error(`The stage could not be set up: ${error instanceof Error ? error.message || error.name : String(error)}`);
    return 1;
  }
}

// What a story that broke off has left open keeps nobody waiting.
process.exit(await main(process.argv.slice(2)));
