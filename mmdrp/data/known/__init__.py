"""What is known of drugs beside their structure: embeddings, and pathways of their targets."""
