import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../../auth/context.js';
import { SignedIn } from '../../policy/permission.decorators.js';
import { StepOf } from '../../transitions/machine/step-of.decorator.js';
import { requestOf, type StepInput } from '../../transitions/transitions.inputs.js';
import { Transitions } from '../../transitions/transitions.service.js';
import { Job } from './job/job.entity.js';
import {
  AgreeToJobCancellationInput,
  CancelJobInput,
  CompleteJobInput,
  CreateJobInput,
  DeclineJobCancellationInput,
  ExpireJobInput,
  ProposeJobCancellationInput,
  PublishJobInput,
  RequestRevisionInput,
  StartJobInput,
  SubmitJobInput,
  WithdrawFromJobInput,
} from './job.inputs.js';
import { jobMachine } from './job/job.machine.js';
import { JobCreation } from './job/job-creation.service.js';

const BY_JOB = { table: 'jobs', argument: 'jobId' };

@Resolver(() => Job)
export class JobStepsResolver {
  constructor(
    private readonly jobs: JobCreation,
    private readonly transitions: Transitions,
  ) {}

  @SignedIn()
  @Mutation(() => Job, {
    description: 'A draft, with its room, which nobody else knows of. The same `externalRef` or key is the same job.',
  })
  createJob(@CurrentViewer() viewer: Viewer, @Args('input') input: CreateJobInput) {
    return this.jobs.createAs(viewer, input);
  }

  @StepOf(() => Job, BY_JOB, 'It takes offers from now on, and everybody finds it in `openJobs`.')
  publishJob(@CurrentViewer() viewer: Viewer, @Args('input') input: PublishJobInput) {
    return this.move(viewer, 'publish', input);
  }

  @StepOf(() => Job, BY_JOB, 'The worker does not do it after all: it takes offers again. Not once the work has begun.')
  withdrawFromJob(@CurrentViewer() viewer: Viewer, @Args('input') input: WithdrawFromJobInput) {
    return this.move(viewer, 'withdraw', input);
  }

  @StepOf(() => Job, BY_JOB, 'The worker begins, also with what was asked to be done anew.')
  startJob(@CurrentViewer() viewer: Viewer, @Args('input') input: StartJobInput) {
    return this.move(viewer, 'start', input);
  }

  @StepOf(() => Job, BY_JOB, 'The worker says that it is done. Without an answer it is complete after `JOB_COMPLETE_HOURS`.')
  submitJob(@CurrentViewer() viewer: Viewer, @Args('input') input: SubmitJobInput) {
    return this.move(viewer, 'submit', input);
  }

  @StepOf(() => Job, BY_JOB, 'The poster wants something else; `reason` says what.')
  requestRevision(@CurrentViewer() viewer: Viewer, @Args('input') input: RequestRevisionInput) {
    return this.move(viewer, 'request_revision', input);
  }

  @StepOf(() => Job, BY_JOB, 'The poster is content.')
  completeJob(@CurrentViewer() viewer: Viewer, @Args('input') input: CompleteJobInput) {
    return this.move(viewer, 'complete', input);
  }

  @StepOf(() => Job, BY_JOB, 'For the host: its time for offers is over. By itself it ends at `openUntil`.')
  expireJob(@CurrentViewer() viewer: Viewer, @Args('input') input: ExpireJobInput) {
    return this.move(viewer, 'expire', input);
  }

  @StepOf(() => Job, BY_JOB, 'By the poster until the work has begun; then by support or a mediator, with a `reason`.')
  cancelJob(@CurrentViewer() viewer: Viewer, @Args('input') input: CancelJobInput) {
    return this.move(viewer, 'cancel', input);
  }

  @StepOf(() => Job, BY_JOB, 'Poster or worker would rather stop. The work goes on until the other one agrees.')
  proposeJobCancellation(@CurrentViewer() viewer: Viewer, @Args('input') input: ProposeJobCancellationInput) {
    return this.move(viewer, 'propose_cancel', input);
  }

  @StepOf(() => Job, BY_JOB, 'The proposal is off: the other one wants to go on, or who made it takes it back.')
  declineJobCancellation(@CurrentViewer() viewer: Viewer, @Args('input') input: DeclineJobCancellationInput) {
    return this.move(viewer, 'decline_cancel', input);
  }

  @StepOf(() => Job, BY_JOB, 'Ends a job on which both would rather stop.')
  agreeToJobCancellation(@CurrentViewer() viewer: Viewer, @Args('input') input: AgreeToJobCancellationInput) {
    return this.move(viewer, 'agree_cancel', input);
  }

  private move(viewer: Viewer, event: string, input: StepInput & { jobId: string }): Promise<Job> {
    return this.transitions.move(jobMachine, viewer, input.jobId, requestOf(event, input));
  }
}
