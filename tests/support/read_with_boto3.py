"""Prints the objects of a bucket as boto3 reads them: "SHA-1 KEY" a line. No bucket, no lines."""

import hashlib
import os
import sys

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3", endpoint_url=os.environ["S3_URL"])
bucket = sys.argv[1]
try:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
            print(hashlib.sha1(body).hexdigest(), found["Key"])
except ClientError as error:
    if error.response["Error"]["Code"] != "NoSuchBucket":
        raise
