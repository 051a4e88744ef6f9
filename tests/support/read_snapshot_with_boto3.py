"""Reads a snapshot as boto3's clients do: python read_snapshot_with_boto3.py ID IMAGE

Writes the image, and prints the snapshot's state, its tags, and the blocks that it has.
"""

import base64
import hashlib
import os
import sys

import boto3

snapshot, path = sys.argv[1:]
ebs = boto3.client("ebs", endpoint_url=os.environ["AWS_ENDPOINT_URL_EBS"], region_name="us-east-1")
ec2 = boto3.client("ec2", endpoint_url=os.environ["EC2_URL"], region_name="us-east-1")
found = ebs.list_snapshot_blocks(SnapshotId=snapshot)
with open(path, "wb") as image:
    image.truncate(found["VolumeSize"] << 30)
    for block in found["Blocks"]:
        got = ebs.get_snapshot_block(SnapshotId=snapshot, BlockIndex=block["BlockIndex"],
                                     BlockToken=block["BlockToken"])
        data = got["BlockData"].read()
        assert len(data) == got["DataLength"] == 512 << 10
        assert base64.b64encode(hashlib.sha256(data).digest()).decode() == got["Checksum"]
        image.seek(block["BlockIndex"] * (512 << 10))
        image.write(data)
described = ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
tags = " ".join(f"{tag['Key']}={tag['Value']}" for tag in described["Tags"])
print(described["State"], tags, sorted(block["BlockIndex"] for block in found["Blocks"]))
