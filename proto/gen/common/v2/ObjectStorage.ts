// Original file: dragonfly/common-v2.proto


export interface ObjectStorage {
  'region'?: (string);
  'endpoint'?: (string);
  'accessKeyId'?: (string);
  'accessKeySecret'?: (string);
  'sessionToken'?: (string);
  'credentialPath'?: (string);
  'predefinedAcl'?: (string);
  'securityToken'?: (string);
  'insecureSkipVerify'?: (boolean);
  '_region'?: "region";
  '_endpoint'?: "endpoint";
  '_accessKeyId'?: "accessKeyId";
  '_accessKeySecret'?: "accessKeySecret";
  '_sessionToken'?: "sessionToken";
  '_credentialPath'?: "credentialPath";
  '_predefinedAcl'?: "predefinedAcl";
  '_securityToken'?: "securityToken";
  '_insecureSkipVerify'?: "insecureSkipVerify";
}

export interface ObjectStorage__Output {
  'region'?: (string);
  'endpoint'?: (string);
  'accessKeyId'?: (string);
  'accessKeySecret'?: (string);
  'sessionToken'?: (string);
  'credentialPath'?: (string);
  'predefinedAcl'?: (string);
  'securityToken'?: (string);
  'insecureSkipVerify'?: (boolean);
  '_region'?: "region";
  '_endpoint'?: "endpoint";
  '_accessKeyId'?: "accessKeyId";
  '_accessKeySecret'?: "accessKeySecret";
  '_sessionToken'?: "sessionToken";
  '_credentialPath'?: "credentialPath";
  '_predefinedAcl'?: "predefinedAcl";
  '_securityToken'?: "securityToken";
  '_insecureSkipVerify'?: "insecureSkipVerify";
}
