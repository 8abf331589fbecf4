variable "name" {
  description = "Begins the names of all that is made here."
  type        = string
  default     = "sonde"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "Write small letters, digits and hyphens, at most 21, as in \"sonde\"."
  }
}

variable "environment" {
  description = "A tag of everything: whose bill it is."
  type        = string
  default     = "dev"
}

variable "owner" {
  description = "A tag of everything: who is asked."
  type        = string
}

variable "region" {
  description = "Where all of it runs."
  type        = string
}

variable "replica_region" {
  description = "Where images are kept a second time; empty: nowhere."
  type        = string
  default     = ""

  validation {
    condition     = var.replica_region != var.region
    error_message = "A second copy in the same region is none: write another region, or \"\"."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the network, /16."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 15)) && endswith(var.vpc_cidr, "/16")
    error_message = "Write a /16, as in \"10.20.0.0/16\"."
  }
}

variable "zones" {
  description = "Availability zones that are used."
  type        = number
  default     = 3

  validation {
    condition     = var.zones >= 2 && var.zones <= 3
    error_message = "Write 2 or 3: with one, nothing survives its loss."
  }
}

variable "nat_per_zone" {
  description = "One NAT gateway in each zone, or a single one for all, which costs less and ends with its zone."
  type        = bool
  default     = false
}

variable "kubernetes_version" {
  description = "Of control plane and nodes. One that EKS supports at its standard price; 1.28, which a document names, is not sold any more."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.(3[0-9]|4[0-9])$", var.kubernetes_version))
    error_message = "Write 1.30 or newer, as in \"1.35\": the manifests use what came with 1.30."
  }
}

variable "api_cidrs" {
  description = "Who may reach the Kubernetes API from the internet; none: only the network itself, and so Jenkins."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.api_cidrs, "0.0.0.0/0")
    error_message = "That is everybody: write the addresses of your office or VPN."
  }
}

variable "admin_arns" {
  description = "IAM roles or users that administer the cluster. Whoever creates it is not one of them by that."
  type        = list(string)

  validation {
    condition     = length(var.admin_arns) > 0
    error_message = "With none, nobody could: write at least one role."
  }
}

variable "node_instance_type" {
  description = "Of the nodes."
  type        = string
  default     = "t3.medium"
}

variable "nodes" {
  description = "How many nodes there are at least and at most."
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 10 }

  validation {
    condition     = var.nodes.min >= 2 && var.nodes.max >= var.nodes.min
    error_message = "At least 2, since a disruption budget keeps two pods apart, and at most no fewer."
  }
}

variable "spot_nodes_max" {
  description = "Nodes at the spot price beside them, for what may be interrupted; 0: none."
  type        = number
  default     = 0
}

variable "namespace" {
  description = "Where Jenkins may deploy to, and nowhere else."
  type        = string
  default     = "hello"
}

variable "jenkins_instance_type" {
  description = "Of the Jenkins host."
  type        = string
  default     = "t3.medium"
}

variable "jenkins_disk_gib" {
  description = "Its disk, encrypted."
  type        = number
  default     = 50
}

variable "log_retention_days" {
  description = "How long the logs of the control plane and of the network are kept."
  type        = number
  default     = 30
}
