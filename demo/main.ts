import fs from 'node:fs';
import { pharmacy } from './pharmacy.js';
import { printAct, printSide, printStep } from './print.js';
import { Promises } from './promises.js';
import { Stage } from './stage.js';
import type { Story } from './story.js';

const STORIES: Record<string, Story> = { pharmacy };

/** Whether all that was seen was right. */
async function perform(story: Story): Promise<boolean> {
  printAct(`${story.title}: a database and a node start …`);
  const stage = await Stage.open();
  process.once('SIGINT', () => void stage.close().finally(() => process.exit(130)));
  const promises = new Promises(story.promises);
  try {
    for (const person of await story.tell(stage, promises)) printSide(person);
    printAct('What was promised');
    return promises.report();
  } catch (error) {
    printAct('The story broke off');
    printStep(error instanceof Error ? (error.stack ?? error.message) : String(error));
    promises.report();
    printStep(`The node's last words:\n${stage.log.split('\n').slice(-20).join('\n')}`);
    return false;
  } finally {
    await stage.close();
  }
}

async function main([name = 'pharmacy']: string[]): Promise<number> {
  const story = STORIES[name];
  if (!story) {
    console.error(`There is no story "${name}". There is: ${Object.keys(STORIES).join(', ')}`);
    return 1;
  }
  // The one setting that the demo takes: DATABASE_URL.
  if (fs.existsSync('.env')) process.loadEnvFile();
  try {
    return (await perform(story)) ? 0 : 1;
  } catch (error) {
    console.error(`The stage could not be set up: ${error instanceof Error ? error.message || error.name : String(error)}`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
