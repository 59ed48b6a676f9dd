// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

/**
 * One member. A member knows all of itself, a leader also the progress of the others; what the
 * asked member cannot know is absent.
 */
export interface Member {
  'id'?: (number | string | Long);
  /**
   * host:port of the client services.
   */
  'addr'?: (string);
  /**
   * host:port of the replication service.
   */
  'raftAddr'?: (string);
  'pid'?: (number);
  /**
   * leader, follower, candidate, learner or unknown.
   */
  'role'?: (string);
  /**
   * The replicated node state.
   */
  'state'?: (string);
  'term'?: (number | string | Long);
  'commit'?: (number | string | Long);
  'applied'?: (number | string | Long);
  /**
   * The host id the operator or the default gave this member.
   */
  'hostId'?: (string);
  '_pid'?: "pid";
  '_term'?: "term";
  '_commit'?: "commit";
  '_applied'?: "applied";
}

/**
 * One member. A member knows all of itself, a leader also the progress of the others; what the
 * asked member cannot know is absent.
 */
export interface Member__Output {
  'id': (number);
  /**
   * host:port of the client services.
   */
  'addr': (string);
  /**
   * host:port of the replication service.
   */
  'raftAddr': (string);
  'pid'?: (number);
  /**
   * leader, follower, candidate, learner or unknown.
   */
  'role': (string);
  /**
   * The replicated node state.
   */
  'state': (string);
  'term'?: (number);
  'commit'?: (number);
  'applied'?: (number);
  /**
   * The host id the operator or the default gave this member.
   */
  'hostId': (string);
  '_pid'?: "pid";
  '_term'?: "term";
  '_commit'?: "commit";
  '_applied'?: "applied";
}
