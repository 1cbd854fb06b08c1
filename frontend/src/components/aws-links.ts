/** Where the AWS console shows an instance; each partition has a console of its own. */
export function instanceAddress(region: string, instanceId: string): string {
  const where = encodeURIComponent(region);
  return `https://${consoleHost(region)}/ec2/home?region=${where}#InstanceDetails:instanceId=${encodeURIComponent(instanceId)}`;
}

function consoleHost(region: string): string {
  if (region.startsWith("us-gov-")) return "console.amazonaws-us-gov.com";
  if (region.startsWith("cn-")) return "console.amazonaws.cn";
  return `${region}.console.aws.amazon.com`;
}
