# Nobody comes in: no SSH, no key, no public address. People reach it through Session Manager, which asks IAM who they are
# and writes down what they do: see the output `jenkins`.
resource "aws_security_group" "jenkins" {
  name_prefix = "${var.name}-jenkins-"
  description = "Jenkins: out by TLS, in from nowhere"
  vpc_id      = aws_vpc.this.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "jenkins" {
  security_group_id = aws_security_group.jenkins.id
  description       = "Packages, registries, the APIs of AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Jenkins asks the Kubernetes API from within.
resource "aws_vpc_security_group_ingress_rule" "api" {
  security_group_id            = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  referenced_security_group_id = aws_security_group.jenkins.id
  description                  = "Jenkins to the Kubernetes API"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_iam_role" "jenkins" {
  name               = "${var.name}-jenkins"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["ec2"].json
}

resource "aws_iam_instance_profile" "jenkins" {
  name = "${var.name}-jenkins"
  role = aws_iam_role.jenkins.name
}

data "aws_iam_policy_document" "jenkins" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:DescribeImageScanFindings",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [for repository in aws_ecr_repository.this : repository.arn]
  }

  statement {
    actions   = ["eks:DescribeCluster"]
    resources = [aws_eks_cluster.this.arn]
  }
}

resource "aws_iam_role_policy" "jenkins" {
  role   = aws_iam_role.jenkins.id
  policy = data.aws_iam_policy_document.jenkins.json
}

data "aws_ssm_parameter" "amazon_linux" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_instance" "jenkins" {
  ami                         = data.aws_ssm_parameter.amazon_linux.insecure_value
  instance_type               = var.jenkins_instance_type
  subnet_id                   = aws_subnet.private[local.zones[0]].id
  vpc_security_group_ids      = [aws_security_group.jenkins.id]
  iam_instance_profile        = aws_iam_instance_profile.jenkins.name
  associate_public_ip_address = false
  monitoring                  = true
  user_data                   = templatefile("${path.module}/jenkins.sh.tftpl", { kubernetes_version = var.kubernetes_version })
  tags                        = { Name = "${var.name}-jenkins", backup = var.name }
  volume_tags                 = merge(local.tags, { Name = "${var.name}-jenkins", backup = var.name })

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.jenkins_disk_gib
    encrypted   = true
  }

  # A newer base image is no reason to lose a machine that has a state: replace it when you mean to.
  lifecycle {
    ignore_changes = [ami, user_data]
  }
}

# What Jenkins knows that stands in no repository is on its disk: one snapshot a day, two weeks of them.
resource "aws_dlm_lifecycle_policy" "jenkins" {
  description        = "${var.name} Jenkins, daily"
  execution_role_arn = aws_iam_role.backup.arn
  state              = "ENABLED"

  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { backup = var.name }

    schedule {
      name      = "daily"
      copy_tags = true

      create_rule {
        interval      = 24
        interval_unit = "HOURS"
        times         = ["03:00"]
      }

      retain_rule {
        count = 14
      }
    }
  }
}

resource "aws_iam_role" "backup" {
  name               = "${var.name}-backup"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["dlm"].json
}
