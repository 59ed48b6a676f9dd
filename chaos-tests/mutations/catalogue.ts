// Every mistake that must be noticed.
import { electionMutations } from './elections.ts'
import { logMutations } from './log.ts'
import { membershipMutations } from './membership.ts'
import { schedulingMutations } from './scheduling.ts'
import { storageMutations } from './storage.ts'
import type { Mutation } from './mutation.ts'

export const mutations: readonly Mutation[] = [
  ...electionMutations,
  ...logMutations,
  ...membershipMutations,
  ...schedulingMutations,
  ...storageMutations,
]
