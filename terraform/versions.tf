terraform {
  # From 1.10 on S3 holds the lock, too: no table in DynamoDB.
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.28"
    }
  }

  # The bucket of bootstrap/: tofu init -backend-config=bucket=NAME -backend-config=region=REGION
  backend "s3" {
    key          = "sonde/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals {
  # What a bill can be split by.
  tags = {
    project     = var.name
    environment = var.environment
    owner       = var.owner
    managed-by  = "terraform"
  }

  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
}
