"""Prints the caller's own images as boto3 reads them, in JSON: id, name, tags, and who
may run it. Usage: images_with_boto3.py [NAME]"""

import json
import os
import sys

import boto3

ec2 = boto3.client("ec2", endpoint_url=os.environ["EC2_URL"])
names = [{"Name": "name", "Values": sys.argv[1:]}] if sys.argv[1:] else []
found = []
for image in ec2.describe_images(Owners=["self"], Filters=names)["Images"]:
    allowed = ec2.describe_image_attribute(ImageId=image["ImageId"], Attribute="launchPermission")
    found.append(
        {
            "id": image["ImageId"],
            "name": image.get("Name"),
            "tags": {tag["Key"]: tag["Value"] for tag in image.get("Tags", [])},
            "allowed": [who.get("UserId", who.get("Group")) for who in allowed["LaunchPermissions"]],
        }
    )
print(json.dumps(found))
