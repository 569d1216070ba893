-- dialect: postgres
COPY singer TO '{file}'
;;
COPY singer FROM '{secret}'
;;
COPY (SELECT * FROM singer) TO PROGRAM 'cat > {file}'
;;
COPY singer FROM PROGRAM 'id'
;;
COPY singer TO STDOUT
