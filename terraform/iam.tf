# Who may take a role: a service of AWS, or a pod of one ServiceAccount.
data "aws_iam_policy_document" "assumed_by" {
  for_each = toset(["dlm", "ec2", "eks", "vpc-flow-logs"])

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "assumed_by_pod" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

locals {
  # AWS' own policies, by the role of ours that has them.
  managed_policies = {
    cluster = ["AmazonEKSClusterPolicy"]
    node    = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"]
    ebs     = ["service-role/AmazonEBSCSIDriverPolicy"]
    jenkins = ["AmazonSSMManagedInstanceCore"]
    backup  = ["service-role/AWSDataLifecycleManagerServiceRole"]
  }

  roles = {
    cluster = aws_iam_role.cluster.name
    node    = aws_iam_role.node.name
    ebs     = aws_iam_role.ebs.name
    jenkins = aws_iam_role.jenkins.name
    backup  = aws_iam_role.backup.name
  }

  attachments = merge([
    for role, policies in local.managed_policies : { for policy in policies : "${role}/${policy}" => { role = role, policy = policy } }
  ]...)
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each   = local.attachments
  role       = local.roles[each.value.role]
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value.policy}"
}
