// The wire contract and nothing else: services, message types, the one map of error codes.
export { loadDescriptors, loadMessages, loadServices, protoFiles } from './services.ts'
export type { Messages, Services } from './services.ts'
export type * as cdnsystemV1 from './gen/package-cdnsystem-v1.ts'
export type * as clusterV1 from './gen/package-cluster-v1.ts'
export type * as commonV1 from './gen/package-common-v1.ts'
export type * as commonV2 from './gen/package-common-v2.ts'
export type * as dfdaemonV1 from './gen/package-dfdaemon-v1.ts'
export type * as dfdaemonV2 from './gen/package-dfdaemon-v2.ts'
export type * as errordetailsV1 from './gen/package-errordetails-v1.ts'
export type * as errordetailsV2 from './gen/package-errordetails-v2.ts'
export type * as managerV1 from './gen/package-manager-v1.ts'
export type * as managerV2 from './gen/package-manager-v2.ts'
export type * as raftV1 from './gen/package-raft-v1.ts'
export type * as schedulerV1 from './gen/package-scheduler-v1.ts'
export type * as schedulerV2 from './gen/package-scheduler-v2.ts'
export type * as storeV1 from './gen/package-store-v1.ts'
export type * as googleProtobuf from './gen/package-google-protobuf.ts'
export {
  codeTrailer,
  detailsTrailer,
  dfCodeName,
  dfCodeNumber,
  dfCodes,
  DfError,
  fromWireStatus,
  isRetryable,
  refusalError,
  StatusError,
  statusMessageLengthMax,
  toWireStatus,
} from './status.ts'
export type { DfCodeName, Refusal, WireStatus } from './status.ts'
