"""Prints the user data of an instance, base64, as boto3 reads them."""

import os
import sys

import boto3

client = boto3.client("ec2", endpoint_url=os.environ["EC2_URL"], region_name="us-east-1")
answer = client.describe_instance_attribute(InstanceId=sys.argv[1], Attribute="userData")
print(answer["UserData"]["Value"])
