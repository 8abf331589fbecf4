output "cluster" {
  description = "aws eks update-kubeconfig --name NAME"
  value       = { name = aws_eks_cluster.this.name, endpoint = aws_eks_cluster.this.endpoint, version = aws_eks_cluster.this.version }
}

output "repositories" {
  description = "Where images and charts are pushed to."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "jenkins" {
  description = "Brings Jenkins to http://localhost:8080/ for who may."
  value       = "aws ssm start-session --target ${aws_instance.jenkins.id} --document-name AWS-StartPortForwardingSession --parameters portNumber=8080,localPortNumber=8080"
}
