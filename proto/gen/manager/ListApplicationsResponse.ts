// Original file: dragonfly/manager-v1.proto

import type { Application as _manager_Application, Application__Output as _manager_Application__Output } from '../manager/Application.ts';

export interface ListApplicationsResponse {
  'applications'?: (_manager_Application)[];
}

export interface ListApplicationsResponse__Output {
  'applications': (_manager_Application__Output)[];
}
